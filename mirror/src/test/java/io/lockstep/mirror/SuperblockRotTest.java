package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One copy of the superblock has rotted while the node was running, and the power goes while the
/// other one is being written (seeds 12348 and 24074): the disk had none left.
@Tag("run-book")
class SuperblockRotTest {
  private static final int TURNS_MAX = 90;

  @ParameterizedTest
  @ValueSource(longs = {DiskLayout.SUPERBLOCK_A_OFFSET, DiskLayout.SUPERBLOCK_B_OFFSET})
  void whateverIsTornTheOtherCopyIsWhole(long rotten) {
    for (int turns = 0; turns < TURNS_MAX; turns++) {
      for (int node : new int[] {A, B}) {
        var pair = MirrorPair.seeded(turns).corrupt(node, rotten + 9);
        pair.promoting(B);
        pair.turns(turns).cutPower(node);
        pair.restart(node)
            .runUntil("opened", () -> pair.isRunning(node) || !pair.refusal(node).isEmpty());
        assertThat(pair.refusal(node)).as("node %d after %d turns", node, turns).isEmpty();
      }
    }
  }

  /// The same where a disk that fails tears the copy in which that is to be noted (seed 13346).
  @ParameterizedTest
  @ValueSource(longs = {DiskLayout.SUPERBLOCK_A_OFFSET, DiskLayout.SUPERBLOCK_B_OFFSET})
  void theNoteThatADiskHasFailedLeavesAWholeCopyToo(long rotten) {
    for (int seed = 0; seed < TURNS_MAX; seed++) {
      var pair = MirrorPair.seeded(seed).corrupt(B, rotten + 9);
      pair.failDisk(B, Operation.WRITE, 0, Long.MAX_VALUE);
      pair.write(A, 3000, 1);
      pair.runFor(1_000_000_000L).cutPower(B).healDisk(B);
      pair.restart(B).runUntil("opened", () -> pair.isRunning(B) || !pair.refusal(B).isEmpty());
      assertThat(pair.refusal(B)).as("seed %d", seed).isEmpty();
    }
  }
}
