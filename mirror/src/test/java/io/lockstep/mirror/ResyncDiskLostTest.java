package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A disk that fails in the middle of a resync, on either side: the resync ends, the link stays,
/// and nothing of the resync goes on.
@Tag("run-book")
class ResyncDiskLostTest {
  private static final int BLOCK = 3000;
  private static final long EVERYTHING = 26 << 20;

  /// What was under way came to a node that waited for it no more, and ended the link.
  @Test
  void theTargetFailsAndTheLinkStays() {
    for (int turns = 0; turns < 300; turns += 7) {
      var pair = resyncing(1).turns(turns);
      if (pair.inSync(A)) {
        return;
      }
      pair.failDisk(B, Operation.WRITE, 0, EVERYTHING);
      pair.failDisk(B, Operation.FLUSH, 0, EVERYTHING);
      pair.write(A, BLOCK, 3);
      pair.runUntil("failed", () -> pair.status(B).diskState() == DiskState.FAILED);
      assertThat(pair.write(A, BLOCK, 4).isOk()).isTrue();
      assertThat(pair.flush(A).isOk()).isTrue();
      pair.runFor(1_000_000_000L);
      assertThat(pair.status(A).connectionState()).isEqualTo(ConnectionState.CONNECTED);
      assertThat(pair.status(B).diskState()).isEqualTo(DiskState.FAILED);
    }
  }

  /// The target that was becoming UpToDate took the failed source for one that takes part.
  @Test
  void theSourceFailsAndTheTargetDoesNotCountOnIt() {
    for (int turns = 0; turns < 300; turns += 7) {
      var pair = resyncing(2).turns(turns);
      pair.failDisk(A, Operation.WRITE, 0, EVERYTHING);
      pair.failDisk(A, Operation.FLUSH, 0, EVERYTHING);
      pair.writing(A, BLOCK, 3);
      pair.runUntil("failed", () -> pair.status(A).diskState() == DiskState.FAILED);
      pair.runFor(1_000_000_000L);
      assertThat(pair.status(B).connectionState()).isEqualTo(ConnectionState.CONNECTED);
      if (pair.promote(B) instanceof CommandResult.Done) {
        assertThat(pair.write(B, BLOCK + 1, 5).isOk()).isTrue();
        assertThat(pair.flush(B).isOk()).isTrue();
      }
    }
  }

  private static MirrorPair resyncing(long seed) {
    var pair = MirrorPair.seeded(seed);
    pair.cutLink();
    for (int block = BLOCK; block < BLOCK + 200; block += 2) {
      pair.write(A, block, 2);
    }
    pair.healLink();
    return pair.runUntil(
        "it goes", () -> pair.status(B).connectionState() == ConnectionState.SYNC_TARGET);
  }
}
