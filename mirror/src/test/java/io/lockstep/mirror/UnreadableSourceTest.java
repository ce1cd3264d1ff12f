package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.IoResult;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.sim.MirrorPair;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Sectors that cannot be read on the only good disk: what can be copied is copied, and the rest
/// waits for somebody to write it.
@Tag("run-book")
class UnreadableSourceTest {
  private static final int BLOCK = 3000;

  /// The first sector that could not be read failed the whole disk, and with it the pair.
  @Test
  void aBlockThatCannotBeReadKeepsNothingElseFromBeingCopied() {
    var pair = paused(1, BLOCK + 3);
    assertThat(pair.status(A).unreadable())
        .isEqualTo(new MirrorStatus.Unreadable(1, 0, List.of((BLOCK + 3) * 4096L)));
    assertThat(pair.status(B).unreadable()).isEqualTo(pair.status(A).unreadable());
    assertThat(pair.status(A).reason()).contains("1 blocks of disk0 could not be read");
    assertThat(pair.noted(A)).last().asString().startsWith("resync-paused 1");
    assertThat(pair.status(A).diskState()).isEqualTo(DiskState.UP_TO_DATE);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.INCONSISTENT);
    for (int block = BLOCK; block < BLOCK + 64; block++) {
      boolean copied = block != BLOCK + 3;
      assertThat(pair.onDisk(B, block)).as("block %d", block).isEqualTo(copied ? 2 : 1);
    }
    assertThat(pair.status(A).outOfSyncBytes()).isEqualTo(4096);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Refused.class);
  }

  @Test
  void aWriteOfTheBlockMendsItAndEndsTheResync() {
    var pair = paused(2, BLOCK + 3);
    assertThat(pair.write(A, BLOCK + 3, 7).isOk()).isTrue();
    pair.runUntilWhole().assertIdentical();
    assertThat(pair.onDisk(B, BLOCK + 3)).isEqualTo(7);
    assertThat(pair.status(A).reason()).isEmpty();
    assertThat(pair.status(B).reason()).isEmpty();
    assertThat(pair.status(A).unreadable().blocks()).isZero();
    assertThat(pair.status(B).unreadable().blocks()).isZero();
  }

  @Test
  void otherWritesGoToBothDisksWhileItPauses() {
    var pair = paused(3, BLOCK + 3);
    assertThat(pair.write(A, BLOCK + 4, 8).isOk()).isTrue();
    assertThat(pair.write(A, BLOCK + 200, 9).isOk()).isTrue();
    assertThat(pair.flush(A).isOk()).isTrue();
    assertThat(pair.onDisk(B, BLOCK + 4)).isEqualTo(8);
    assertThat(pair.onDisk(B, BLOCK + 200)).isEqualTo(9);
    assertThat(pair.status(A).outOfSyncBytes()).isEqualTo(4096);
    assertThat(pair.status(A).connectionState()).isEqualTo(ConnectionState.SYNC_SOURCE);
  }

  /// A disk of 4096-byte sectors would have to read what it cannot, and be taken for failed.
  @Test
  void aWriteOfAPartOfTheBlockIsAnsweredWithAnErrorAndChangesNothing() {
    var pair = paused(4, BLOCK + 3);
    assertThat(pair.writeBytes(A, (BLOCK + 3) * 4096L, 512, 7).reason())
        .isEqualTo(IoResult.Reason.MEDIUM_ERROR);
    assertThat(pair.writeBytes(A, (BLOCK + 2) * 4096L + 512, 4096, 7).reason())
        .isEqualTo(IoResult.Reason.MEDIUM_ERROR);
    assertThat(pair.status(A).diskState()).isEqualTo(DiskState.UP_TO_DATE);
    assertThat(pair.onDisk(A, BLOCK + 2)).isEqualTo(2);
  }

  @Test
  void connectReadsAgainWhatCouldNotBeRead() {
    var pair = paused(5, BLOCK + 3);
    pair.healDisk(A);
    pair.connect(A, false);
    pair.runUntilWhole().assertIdentical();
    assertThat(pair.onDisk(B, BLOCK + 3)).isEqualTo(2);
  }

  @Test
  void aNewLinkReadsAgainWhatCouldNotBeRead() {
    var pair = paused(6, BLOCK + 3);
    pair.breakLink();
    pair.runUntil("it ended", () -> pair.status(A).connectionState() == ConnectionState.CONNECTING);
    assertThat(pair.status(A).reason()).isEmpty();
    pair.runUntil("paused", () -> pair.status(B).unreadable().blocks() == 1);
    pair.healDisk(A).kill(B).restart(B).runUntilWhole().assertIdentical();
  }

  @Test
  void theLastShortRunAndManyBadBlocksAreCountedAndNamed() {
    var pair = MirrorPair.seeded(7);
    pair.cutLink();
    for (int block = 0; block < 40; block++) {
      pair.write(A, BLOCK + block * 2, 2);
    }
    pair.makeUnreadable(A, offset(pair, BLOCK), 80 * 4096);
    pair.healLink().runUntil("paused", () -> pair.status(B).unreadable().blocks() == 40);
    assertThat(pair.status(A).unreadable().firstOffsets()).hasSize(16).startsWith(BLOCK * 4096L);
    assertThat(pair.status(A).reason()).contains("40 blocks");
  }

  /// A pair whose resync from A pauses for one block.
  static MirrorPair paused(long seed, int badBlock) {
    var pair = MirrorPair.seeded(seed);
    for (int block = BLOCK; block < BLOCK + 64; block++) {
      pair.write(A, block, 1);
    }
    pair.flush(A);
    pair.cutLink();
    for (int block = BLOCK; block < BLOCK + 64; block++) {
      pair.write(A, block, 2);
    }
    pair.makeUnreadable(A, offset(pair, badBlock) + 512, 512);
    pair.healLink().runUntil("paused", () -> pair.status(B).unreadable().blocks() == 1);
    return pair;
  }

  private static long offset(MirrorPair pair, int block) {
    return pair.status(A).replicatedOffset() + block * 4096L;
  }
}
