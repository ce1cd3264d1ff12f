package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.meta.LostBlocks;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.wire.FrameLimits;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What no disk can give back any more is given up on a person's word, and from then on nobody
/// takes the zeroes in its place for data.
@Tag("run-book")
class AcceptLossTest {
  private static final int BAD = 3003;

  @Test
  void thePairIsWholeAndReadingTheBlockIsAnErrorOnWhicheverNode() {
    var pair = accepted(1);
    assertThat(pair.status(A).unreadable())
        .isEqualTo(new MirrorStatus.Unreadable(0, 1, List.of(BAD * 4096L)));
    assertThat(pair.status(B).unreadable()).isEqualTo(pair.status(A).unreadable());
    assertThat(pair.onDisk(A, BAD)).isZero();
    assertThat(pair.onDisk(B, BAD)).isZero();
    assertLost(pair, A);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertLost(pair, B);
    assertThat(pair.read(B, BAD + 1)).isEqualTo(2);
  }

  @Test
  void theLossOutlivesPowerCutsAndTakeovers() {
    var pair = accepted(2);
    pair.cutPower(A).cutPower(B).restart(A).restart(B).runUntilWhole();
    assertLost(pair, A);
    assertThat(pair.noted(A)).contains("content-lost 1: the disk's records say so");
    pair.cutPower(A);
    pair.runUntil("noticed", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertLost(pair, B);
  }

  @Test
  void aWriteEndsTheLossOnBothNodesForGood() {
    var pair = accepted(3);
    assertThat(pair.write(A, BAD, 9).isOk()).isTrue();
    assertThat(pair.read(A, BAD)).isEqualTo(9);
    assertThat(pair.status(A).unreadable().acceptedBlocks()).isZero();
    assertThat(pair.status(B).unreadable().acceptedBlocks()).isZero();
    pair.cutPower(A).cutPower(B).restart(A).restart(B).runUntilWhole();
    assertThat(pair.read(A, BAD)).isEqualTo(9);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.read(B, BAD)).isEqualTo(9);
  }

  /// The acknowledgement waits for the record to go, and the record for the data to be stable.
  @Test
  void afterAnyPowerCutTheBlockIsEitherLostOrHoldsWhatWasWritten() {
    for (int turns = 0; turns < 120; turns += 3) {
      var pair = accepted(4);
      var write = pair.writing(A, BAD, 9);
      pair.turns(turns);
      boolean acknowledged = write.isDone();
      pair.cutPower(A).cutPower(B).restart(A).restart(B).runUntilWhole();
      int value = pair.read(A, BAD);
      assertThat(value).as("after %d turns", turns).isIn(acknowledged ? new Object[] {9} : both());
      assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
      assertThat(pair.read(B, BAD)).as("after %d turns", turns).isEqualTo(value);
    }
  }

  private static Object[] both() {
    return new Object[] {9, -1};
  }

  @Test
  void aWriteOfSomeSectorsLeavesTheOthersLost() {
    var pair = accepted(5);
    assertThat(pair.writeBytes(A, BAD * 4096L + 1024, 512, 9).isOk()).isTrue();
    assertLost(pair, A);
    assertThat(readSector(pair, A, BAD * 4096L + 1024)).isEqualTo(9);
    assertThat(readSector(pair, A, BAD * 4096L + 512)).isEqualTo(-1);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertThat(readSector(pair, B, BAD * 4096L + 1024)).isEqualTo(9);
    assertLost(pair, B);
    assertThat(pair.status(B).unreadable().acceptedBlocks()).isEqualTo(1);
  }

  @Test
  void aNewDiskLearnsWhatIsLost() {
    var pair = accepted(6);
    pair.kill(B).replaceDisk(B).layOut(B, false).start(B).runUntilWhole();
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertLost(pair, B);
  }

  @Test
  void aPowerCutWhileTheLossIsAcceptedLosesNothingElseAndTheNextResyncGoesOn() {
    for (int turns = 0; turns < 150; turns += 5) {
      var pair = UnreadableSourceTest.paused(7, BAD);
      pair.acceptingLoss(A);
      pair.turns(turns).cutPower(A);
      pair.restart(A).runUntil("it is known", () -> isWhole(pair) || isPaused(pair));
      if (isPaused(pair)) {
        assertThat(pair.acceptLoss(A)).isInstanceOf(CommandResult.Done.class);
      }
      pair.runUntilWhole().assertIdentical();
      assertLost(pair, A);
      assertThat(pair.read(A, BAD + 1)).isEqualTo(2);
    }
  }

  /// The other node has no part in the write, and the resync that follows carries the list.
  @Test
  void aWriteWithoutTheOtherNodeEndsTheLossThereTooLater() {
    var pair = accepted(10);
    pair.kill(B);
    assertThat(pair.write(A, BAD, 9).isOk()).isTrue();
    pair.restart(B).runUntilWhole().assertIdentical();
    assertThat(pair.status(B).unreadable().acceptedBlocks()).isZero();
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.read(B, BAD)).isEqualTo(9);
  }

  @Test
  void oneDamagedCopyOfTheTableIsReadAroundAndTwoAreRefused() {
    var pair = accepted(11);
    pair.kill(B).corrupt(B, FreshLayout.LOST_BLOCKS_A_OFFSET + 24);
    pair.restart(B).runUntilWhole();
    assertThat(pair.status(B).unreadable().acceptedBlocks()).isEqualTo(1);
    pair.kill(B).corrupt(B, FreshLayout.LOST_BLOCKS_B_OFFSET + 24).restart(B).runUntilWhole();
    assertThat(pair.status(B).unreadable().acceptedBlocks()).isEqualTo(1);
    pair.kill(B)
        .corrupt(B, FreshLayout.LOST_BLOCKS_A_OFFSET + 24)
        .corrupt(B, FreshLayout.LOST_BLOCKS_B_OFFSET + 24);
    pair.restart(B).runUntil("refused", () -> !pair.refusal(B).isEmpty());
    assertThat(pair.refusal(B)).contains("table of lost blocks");
  }

  @Test
  void oneFrameCarriesTheWholeList() {
    assertThat(FrameLimits.LOST_BLOCKS_MAX).isEqualTo(LostBlocks.BLOCKS_MAX);
  }

  /// A block was mended, and the resync came to its end for that while the loss of the others was
  /// being recorded. It was taken for the end of the trial: refused, and recorded all the same.
  @Test
  void asManyAsTheListHoldsAreGivenUpAndNotOneMore() {
    var pair = MirrorPair.seeded(31);
    int count = LostBlocks.BLOCKS_MAX + 1;
    pair.cutLink();
    for (int block = 0; block < count; block++) {
      pair.write(A, BAD + block, 2);
    }
    pair.makeUnreadable(A, pair.status(A).replicatedOffset() + BAD * 4096L, count * 4096L);
    pair.healLink().runUntil("paused", () -> pair.status(B).unreadable().blocks() == count);
    assertThat(pair.acceptLoss(A))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            refused ->
                assertThat(refused.refusal().why())
                    .isEqualTo("481 blocks would be lost, and at most 480 can be"));
    pair.write(A, BAD, 3);
    pair.runUntil("mended", () -> pair.status(A).unreadable().blocks() == count - 1);
    assertThat(pair.acceptLoss(A)).isInstanceOf(CommandResult.Done.class);
    pair.runUntilWhole();
    assertThat(pair.status(B).unreadable().acceptedBlocks()).isEqualTo(LostBlocks.BLOCKS_MAX);
  }

  @Test
  void itIsRefusedWhereNothingIsUnreadable() {
    var pair = MirrorPair.seeded(8);
    assertThat(pair.acceptLoss(A))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            refused -> assertThat(refused.refusal().why()).contains("nothing on this node"));
  }

  @Test
  void aDiskThatRefusesToBeWrittenHasFailed() {
    var pair = UnreadableSourceTest.paused(9, BAD);
    long at = pair.status(A).replicatedOffset() + BAD * 4096L;
    pair.failDisk(A, Operation.WRITE, at, 4096);
    assertThat(pair.acceptLoss(A)).isNotNull();
    assertThat(pair.status(A).diskState()).isEqualTo(DiskState.FAILED);
  }

  @Test
  void aDiskThatCannotNoteTheLossIsARefusal() {
    var pair = UnreadableSourceTest.paused(14, BAD);
    pair.failDisk(A, Operation.WRITE, 0, pair.status(A).replicatedOffset());
    assertThat(pair.acceptLoss(A))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            refused -> assertThat(refused.refusal().action()).isEqualTo("replace the disk"));
    assertThat(pair.status(A).diskState()).isEqualTo(DiskState.FAILED);
  }

  /// Seed 200260: the target's disk stood still, and the person waited for ever.
  @Test
  void aTargetThatStandsStillDoesNotKeepThePersonWaiting() {
    var pair = UnreadableSourceTest.paused(12, BAD).stickDisk(B);
    assertThat(pair.acceptLoss(A))
        .isInstanceOfSatisfying(
            CommandResult.Done.class, done -> assertThat(done.note()).contains("goes on"));
    pair.releaseDisk(B).runUntilWhole().assertIdentical();
    assertLost(pair, A);
  }

  @Test
  void aDiskThatDoesNotNoteItInTimeIsARefusalThatSaysWhatMayStillHappen() {
    var pair = UnreadableSourceTest.paused(13, BAD).stickDisk(A);
    assertThat(pair.acceptLoss(A))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            refused ->
                assertThat(refused.refusal().action()).contains("if the disk notes it later"));
    assertThat(pair.acceptLoss(A)).isInstanceOf(CommandResult.Refused.class);
    pair.releaseDisk(A).runUntilWhole().assertIdentical();
    assertLost(pair, A);
  }

  private static boolean isWhole(MirrorPair pair) {
    return pair.inSync(A) && pair.inSync(B);
  }

  private static boolean isPaused(MirrorPair pair) {
    return pair.isRunning(A) && pair.reason(A).contains("could not be read");
  }

  private static MirrorPair accepted(long seed) {
    var pair = UnreadableSourceTest.paused(seed, BAD);
    assertThat(pair.acceptLoss(A)).isInstanceOf(CommandResult.Done.class);
    pair.runUntilWhole().assertIdentical();
    return pair;
  }

  /// The value that a sector is full of; -1 if it cannot be read.
  private static int readSector(MirrorPair pair, int node, long offset) {
    ByteBuffer content = BufferPool.allocate(512);
    return pair.read(node, offset, content).isOk() ? content.get(0) : -1;
  }

  private static void assertLost(MirrorPair pair, int node) {
    assertThat(pair.read(node, BAD * 4096L, BufferPool.allocate(4096)).reason())
        .isEqualTo(IoResult.Reason.MEDIUM_ERROR);
  }
}
