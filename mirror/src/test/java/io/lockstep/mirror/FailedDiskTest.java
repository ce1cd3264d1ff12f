package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockRange;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk;
import io.lockstep.sim.SimDisk.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A disk that fails costs no more than that disk, and is never whole again by a restart.
@Tag("run-book")
class FailedDiskTest {
  private static final int BLOCK = 3000;
  private static final long SUPERBLOCKS = 1 << 20;
  private static final long REST = 25 << 20;
  private static final long DATA = 3 << 20;
  private static final int EXTENT_BLOCKS = 1024;

  private static void failWrites(MirrorPair pair, int node) {
    pair.failDisk(node, Operation.WRITE, SUPERBLOCKS, REST);
  }

  /// The mark takes a moment to be written.
  private static void restart(MirrorPair pair, int node) {
    pair.runFor(1_000_000_000L).kill(node).healDisk(node).runFor(11_000_000_000L).restart(node);
  }

  /// The log went on: it gave up the extents of writes that had just failed for those of waiting
  /// ones, and the next life knew nothing of what was missing there.
  @Test
  void theLogOfAFailedDiskKeepsTheExtentsOfTheWritesThatFailed() {
    for (int seed = 20; seed < 30; seed++) {
      var pair = MirrorPair.seeded(seed);
      pair.failDisk(A, Operation.WRITE, DATA, REST);
      for (int extent = 0; extent < 6; extent++) {
        pair.writing(A, extent * EXTENT_BLOCKS + 8, 7);
      }
      pair.runUntil("failed", () -> pair.status(A).diskState() == DiskState.FAILED);
      restart(pair, A);
      pair.runUntilWhole().assertIdentical();
    }
  }

  /// The new Primary went on taking the other node for Primary, and a disconnect made the new
  /// Primary's own disk Outdated.
  @Test
  void aPrimaryWithoutItsDiskHandsOverAndIsPrimaryNoMoreForTheOther() {
    var pair = MirrorPair.seeded(11);
    failWrites(pair, A);
    pair.write(A, BLOCK, 1);
    pair.runUntil("failed", () -> pair.status(B).peerDiskState() == DiskState.FAILED);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    pair.runFor(1_000_000_000L);
    assertThat(pair.status(B).peerRole()).contains(Role.SECONDARY);
    assertThat(pair.disconnect(B, true)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.UP_TO_DATE);
    assertThat(pair.write(B, BLOCK, 2).isOk()).isTrue();
  }

  // --- a file system that is full ---

  /// "The disk has failed", and nobody was told that it lacked nothing but space.
  @Test
  void aFullFileSystemIsToldAsThat() {
    var pair = MirrorPair.seeded(13);
    ((SimDisk) pair.disk(B)).media().full(true);
    assertThat(pair.write(A, BLOCK, 1).isOk()).isTrue();
    pair.runUntil("let go", () -> pair.status(B).diskState() == DiskState.FAILED);
    assertThat(pair.noted(B)).anyMatch(one -> one.startsWith("no-space-left"));
    assertThat(pair.write(A, BLOCK, 2).isOk()).as("the other node goes on").isTrue();
    restart(pair, B);
    pair.runUntilWhole().assertIdentical();
  }

  // --- the Secondary's disk ---

  /// One write error there made the healthy Primary stand alone until a person connected it.
  @Test
  void aSecondaryWhoseDiskFailsStaysConnectedAndThePrimaryGoesOn() {
    var pair = MirrorPair.seeded(1);
    failWrites(pair, B);
    assertThat(pair.write(A, BLOCK, 1).isOk()).isTrue();
    assertThat(pair.flush(A).isOk()).isTrue();
    pair.runFor(1_000_000_000L);
    assertThat(pair.status(A).connectionState()).isEqualTo(ConnectionState.CONNECTED);
    assertThat(pair.status(A).peerDiskState()).isEqualTo(DiskState.FAILED);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.FAILED);
    assertThat(pair.reason(A)).contains("disk of node 1 has failed");
    assertThat(pair.write(A, BLOCK + 1, 2).isOk()).isTrue();
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Refused.class);
    pair.breakLink().runFor(10_000_000_000L);
    assertThat(pair.status(A).connectionState()).isEqualTo(ConnectionState.CONNECTED);
    assertThat(pair.write(A, BLOCK + 2, 3).isOk()).isTrue();
    restart(pair, B);
    pair.runUntilWhole().assertIdentical();
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
  }

  /// It became Outdated, took part in the next meeting as a target, and acknowledged nothing.
  @Test
  void aFailedDiskStaysFailedWhenItsNodeIsDisconnected() {
    var pair = MirrorPair.seeded(9);
    failWrites(pair, B);
    pair.write(A, BLOCK, 1);
    pair.runUntil("failed", () -> pair.status(B).diskState() == DiskState.FAILED);
    pair.disconnect(B, true);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.FAILED);
    pair.connect(A, false);
    pair.connect(B, false);
    pair.runFor(10_000_000_000L);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.FAILED);
    assertThat(pair.write(A, BLOCK, 2).isOk()).isTrue();
  }

  @Test
  void aFlushThatFailsOnTheSecondaryDoesNotHoldThePrimaryUp() {
    var pair = MirrorPair.seeded(2);
    pair.write(A, BLOCK, 1);
    pair.failDisk(B, Operation.FLUSH, 0, Long.MAX_VALUE);
    assertThat(pair.flush(A).isOk()).isTrue();
    assertThat(pair.status(A).connectionState()).isEqualTo(ConnectionState.CONNECTED);
    restart(pair, B);
    pair.runUntilWhole().assertIdentical();
  }

  /// The Secondary had acknowledged the write, and its disk lost it with the flush that failed. The
  /// Primary's disk had the write still, and then it was answered under the generation of both.
  @Test
  void whatAFailedDiskHadAcknowledgedIsAnsweredUnderANewGenerationOnly() {
    for (boolean meetAgain : new boolean[] {false, true}) {
      var pair = MirrorPair.seeded(12);
      pair.write(A, BLOCK, 1);
      pair.flush(A);
      pair.stickDisk(A);
      if (!meetAgain) {
        pair.failDisk(B, Operation.FLUSH, 0, Long.MAX_VALUE);
      }
      var write = pair.writing(A, BLOCK, 2);
      pair.runFor(10_000_000L);
      assertThat(pair.onDisk(B, BLOCK)).as("lost or not").isEqualTo(meetAgain ? 2 : 1);
      if (meetAgain) {
        pair.cutLink();
        pair.failDisk(B, Operation.FLUSH, 0, Long.MAX_VALUE);
        assertThat(pair.promote(B)).isInstanceOf(CommandResult.Refused.class);
      }
      pair.healLink().runFor(10_000_000_000L);
      assertThat(pair.status(A).peerDiskState()).isEqualTo(DiskState.FAILED);
      assertThat(write).isNotDone();
      pair.releaseDisk(A).runUntil("answered", write::isDone);
      assertThat(write.join().isOk()).isTrue();
      assertThat(pair.stableGeneration(A)).isNotEqualTo(pair.stableGeneration(B));
    }
  }

  /// Nothing was written since, so only the generation and the mark tell that the disk had failed.
  @Test
  void aDiskThatHasFailedIsFilledFromTheGoodOneAfterBothWereRestarted() {
    for (int failed : new int[] {A, B}) {
      var pair = MirrorPair.seeded(3);
      pair.write(A, BLOCK, 1);
      pair.flush(A);
      pair.failDisk(failed, Operation.WRITE, SUPERBLOCKS, REST);
      var write = pair.writing(A, BLOCK, 2);
      pair.runUntil("answered", write::isDone).runFor(1_000_000_000L);
      pair.kill(1 - failed).kill(failed).healDisk(failed).runFor(11_000_000_000L);
      pair.restart(failed).runUntil("running", () -> pair.isRunning(failed));
      assertThat(pair.noted(failed))
          .anySatisfy(alert -> assertThat(alert).contains("has failed before"));
      assertThat(pair.promote(failed))
          .isInstanceOfSatisfying(
              CommandResult.Refused.class,
              no -> assertThat(no.refusal().why()).contains("has failed"));
      pair.restart(1 - failed).runUntil("in sync", () -> pair.inSync(A) && pair.inSync(B));
      pair.assertIdentical();
      pair.kill(failed).restart(failed).runUntil("running", () -> pair.isRunning(failed));
      assertThat(pair.noted(failed)).as("the mark is gone").isEmpty();
    }
  }

  /// The other copy is gone too: what is left must not be out of reach for ever.
  @Test
  void aPersonGoesOnByForceWithADiskThatHasFailedBefore() {
    var pair = MirrorPair.seeded(8);
    pair.write(A, BLOCK, 1);
    pair.flush(A);
    pair.kill(B).runFor(2_000_000_000L);
    pair.failDisk(A, Operation.WRITE, SUPERBLOCKS, REST);
    var write = pair.writing(A, BLOCK, 2);
    pair.runUntil("answered", write::isDone);
    pair.runFor(1_000_000_000L).kill(A).healDisk(A).runFor(11_000_000_000L);
    pair.replaceDisk(B).restart(A).restart(B);
    pair.runUntil("stopped", () -> pair.reason(A).contains("promote node 0 with --force"));
    pair.runUntil("by force", () -> pair.promote(A, true) instanceof CommandResult.Done);
    pair.runUntilWhole();
    assertThat(pair.read(A, BLOCK)).isIn(1, 2);
    pair.assertIdentical();
  }

  /// The failed disk passed for UpToDate when the other node's consent came.
  @Test
  void aDiskThatFailsDuringASwitchMakesNoPrimary() {
    var pair = MirrorPair.seeded(9);
    pair.failDisk(B, Operation.WRITE, SUPERBLOCKS, REST);
    var write = pair.writing(A, BLOCK, 1);
    var promoted = pair.promoting(B);
    pair.runUntil("both are answered", () -> write.isDone() && promoted.isDone());
    assertThat(promoted.join()).isInstanceOf(CommandResult.Refused.class);
    assertThat(pair.status(B).role()).isEqualTo(Role.SECONDARY);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.FAILED);
  }

  /// Not even the mark can be written: the peer's new generation is all that is left to tell.
  @Test
  void aDiskThatCannotEvenBeMarkedIsATargetToo() {
    for (int failed : new int[] {A, B}) {
      var pair = MirrorPair.seeded(4);
      pair.write(A, BLOCK, 1);
      pair.flush(A);
      pair.failDisk(failed, Operation.WRITE, 0, Long.MAX_VALUE);
      var write = pair.writing(A, BLOCK, 2);
      pair.runUntil("answered", write::isDone).runFor(1_000_000_000L);
      int good = 1 - failed;
      assertThat(pair.stableGeneration(good)).isNotEqualTo(pair.stableGeneration(failed));
      pair.cutPower(good).cutPower(failed).healDisk(failed).runFor(11_000_000_000L);
      pair.restart(failed).restart(good);
      pair.runUntil(
          "in sync",
          () -> pair.isRunning(A) && pair.isRunning(B) && pair.inSync(A) && pair.inSync(B));
      assertThat(pair.onDisk(failed, BLOCK)).isEqualTo(pair.onDisk(good, BLOCK));
      pair.assertIdentical();
    }
  }

  /// Found by the simulation, seed 69: the log was emptied on the strength of bitmap pages that a
  /// failed flush had lost, and that were still there to be read.
  @Test
  void bitsThatAFailedFlushHasLostAreWrittenAgainBeforeTheLogIsEmptied() {
    for (long seed = 50; seed < 80; seed++) {
      var pair = MirrorPair.seeded(seed);
      pair.write(A, BLOCK, 1);
      pair.kill(B).kill(A).runFor(11_000_000_000L);
      for (int attempt = 0; attempt < 2; attempt++) {
        pair.failDiskNext(A, Operation.FLUSH, new BlockRange(0, 26 << 20), 1).restart(A);
        pair.runUntil("refused", () -> !pair.refusal(A).isEmpty()).kill(A);
        pair.runFor(11_000_000_000L);
      }
      pair.restart(A).runUntil("running", () -> pair.isRunning(A));
      assertThat(pair.status(A).outOfSyncBytes()).as("seed %d", seed).isPositive();
    }
  }

  // --- the Primary's disk ---

  @Test
  void aPrimaryWhoseDiskFailsAnswersErrorsAndTheOtherTakesOverByAPlannedSwitch() {
    var pair = MirrorPair.seeded(5);
    pair.write(A, BLOCK, 1);
    failWrites(pair, A);
    assertThat(pair.write(A, BLOCK, 2).isOk()).isFalse();
    pair.runFor(1_000_000_000L);
    assertThat(pair.status(B).connectionState()).isEqualTo(ConnectionState.CONNECTED);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.UP_TO_DATE);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.status(A).role()).isEqualTo(Role.SECONDARY);
    assertThat(pair.read(B, BLOCK)).isIn(1, 2);
    assertThat(pair.write(B, BLOCK, 3).isOk()).isTrue();
    restart(pair, A);
    pair.runUntilWhole().assertIdentical();
    assertThat(pair.status(B).role()).isEqualTo(Role.PRIMARY);
    assertThat(pair.read(B, BLOCK)).isEqualTo(3);
  }

  /// A has the only newer data; it must not be overwritten by what B has of old.
  @Test
  void newerDataOnADiskThatHasFailedIsNotOverwrittenByOlderData() {
    var pair = MirrorPair.seeded(6);
    pair.kill(B);
    pair.write(A, BLOCK, 2);
    pair.flush(A);
    failWrites(pair, A);
    pair.write(A, BLOCK + 1, 3);
    restart(pair, A);
    pair.restart(B);
    pair.runUntil("stopped", () -> pair.isRunning(B) && !pair.reason(B).isEmpty());
    assertThat(pair.reason(B)).contains("node 0 has the newer data, and its disk has failed");
    pair.runFor(30_000_000_000L);
    assertThat(pair.onDisk(A, BLOCK)).isEqualTo(2);
    assertThat(pair.noted(A)).anySatisfy(told -> assertThat(told).startsWith("keep-parting 3"));
  }

  /// A stop whose cause can pass tries again by itself.
  @Test
  void nodesThatStoppedMeetAgainWhenTheCauseHasPassed() {
    var pair = MirrorPair.seeded(7);
    failWrites(pair, B);
    pair.write(A, BLOCK, 1);
    failWrites(pair, A);
    pair.write(A, BLOCK, 1);
    pair.breakLink();
    pair.runUntil("stopped", () -> pair.reason(A).contains("both nodes have failed"));
    pair.runUntil("resting", () -> pair.status(A).connectionState() == ConnectionState.UNCONNECTED);
    pair.kill(A).replaceDisk(A);
    restart(pair, B);
    pair.start(A).runFor(20_000_000_000L);
    assertThat(pair.reason(A)).contains("failed");
    assertThat(pair.status(A).connectionState()).isNotEqualTo(ConnectionState.STAND_ALONE);
  }
}
