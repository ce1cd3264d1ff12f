package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// No disk is flushed unless somebody needs it.
@Tag("run-book")
class UnaskedFlushTest {
  private static final int BLOCK = 3000;
  private static final long SECOND = 1_000_000_000L;

  /// There was a flush on the Secondary for each write.
  @Test
  void aHundredWritesOneAfterAnotherCostTheSecondaryNextToNoFlush() {
    var pair = MirrorPair.seeded(50);
    pair.runFor(SECOND);
    long before = pair.flushes(B);
    for (int write = 0; write < 100; write++) {
      assertThat(pair.write(A, BLOCK + write, 7).isOk()).isTrue();
    }
    // The simulated Primary has 24 places for writes that are not retired, so it needs some.
    assertThat(pair.flushes(B) - before).isLessThanOrEqualTo(100 / 12 + 1);
  }

  @Test
  void aHundredFlushesWithNothingWrittenInBetweenCostTheSecondaryOne() {
    var pair = MirrorPair.seeded(51);
    pair.write(A, BLOCK, 1);
    pair.flush(A);
    long before = pair.flushes(B);
    for (int flush = 0; flush < 100; flush++) {
      assertThat(pair.flush(A).isOk()).isTrue();
    }
    assertThat(pair.flushes(B) - before).isZero();
  }

  /// What is not known to be stable on both disks is out of sync when the link is lost.
  @Test
  void anIdleMirrorHasRetiredEverythingWithinASecond() {
    var pair = MirrorPair.seeded(52);
    pair.write(A, BLOCK, 1);
    pair.cutLink();
    assertThat(pair.status(A).outOfSyncBytes()).isEqualTo(4096);
    pair.healLink().runUntilWhole();
    pair.write(A, BLOCK, 2);
    pair.runFor(SECOND).cutLink();
    assertThat(pair.status(A).outOfSyncBytes()).isZero();
    assertThat(pair.stableOnDisk(B, BLOCK)).isEqualTo(2);
  }

  @Test
  void whatTheHostHasFlushedIsNotOutOfSyncWhenTheLinkIsLost() {
    var pair = MirrorPair.seeded(53);
    pair.write(A, BLOCK, 1);
    pair.flush(A);
    pair.cutLink();
    assertThat(pair.status(A).outOfSyncBytes()).isZero();
  }

  @Test
  void anIdleMirrorDoesNotFlush() {
    var pair = MirrorPair.seeded(54);
    pair.write(A, BLOCK, 1);
    pair.runFor(SECOND);
    long before = pair.flushes(A) + pair.flushes(B);
    pair.runFor(10 * SECOND);
    assertThat(pair.flushes(A) + pair.flushes(B)).isEqualTo(before);
  }
}
