package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.IoResult;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.sim.MirrorPair;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What happens to a pair, step by step, like a run-book.
@Tag("run-book")
class MirrorScenarioTest {
  private static final int BLOCK = 3000;

  @Test
  void aNewNodeIsFilledAndTheFirstOneServes() {
    var pair = MirrorPair.seeded(1);
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
    assertThat(pair.status(B).role()).isEqualTo(Role.SECONDARY);
    pair.assertIdentical();
  }

  @Test
  void aWriteIsOnBothDisksWhenItIsAcknowledged() {
    var pair = MirrorPair.seeded(2);
    assertThat(pair.write(A, BLOCK, 7).isOk()).isTrue();
    assertThat(pair.onDisk(A, BLOCK)).isEqualTo(7);
    assertThat(pair.onDisk(B, BLOCK)).isEqualTo(7);
  }

  @Test
  void aSecondaryServesNothing() {
    var pair = MirrorPair.seeded(3);
    assertThat(pair.write(B, BLOCK, 7).reason()).isEqualTo(IoResult.Reason.NOT_READY);
    assertThat(pair.read(B, BLOCK)).isEqualTo(-1);
  }

  @Test
  void aMirrorThatClosesReadsItsDiskForNobody() {
    var pair = MirrorPair.seeded(15);
    assertThat(pair.readReplica(B).isOk()).isTrue();
    pair.ending(B);
    assertThat(pair.readReplica(B).reason()).isEqualTo(IoResult.Reason.NOT_READY);
  }

  /// The lost link took the place of the end in the queue of those who wait for the disk.
  @Test
  void aNodeThatWritesForItsPeerStillEnds() {
    for (int turns = 0; turns < 24; turns++) {
      var pair = MirrorPair.seeded(19);
      pair.writing(A, BLOCK, 3);
      pair.turns(turns).end(B);
      pair.restart(B).runUntilWhole();
      pair.assertIdentical();
    }
  }

  @Test
  void aNodeThatIsBecomingPrimaryEnds() {
    for (int turns = 0; turns < 24; turns++) {
      var pair = MirrorPair.seeded(20);
      var promoted = pair.promoting(B);
      pair.turns(turns * 3).end(B);
      assertThat(promoted).isDone();
      pair.restart(B).runUntilWhole();
      pair.assertIdentical();
    }
  }

  @Test
  void aNodeThatEndsAnswersNoChangeOfRoleButRefusesIt() {
    var pair = MirrorPair.seeded(21);
    pair.ending(B);
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            refused -> assertThat(refused.refusal().why()).contains("shutting down"));
    assertThat(pair.connect(B, false)).isInstanceOf(CommandResult.Refused.class);
  }

  @Test
  void aSecondaryThatMissedWritesGetsJustThose() {
    var pair = MirrorPair.seeded(4);
    pair.write(A, BLOCK, 1);
    pair.flush(A);
    pair.cutLink();
    assertThat(pair.write(A, BLOCK + 1, 2).isOk()).isTrue();
    pair.healLink().runUntilWhole();
    assertThat(pair.status(A).difference().lastResyncBytesSent()).isEqualTo(4096);
    pair.assertIdentical();
  }

  @Test
  void aFrameThatOutlivesItsLinkIsLeftAlone() {
    for (int turns = 0; turns < 12; turns++) {
      var pair = MirrorPair.seeded(24).lateFrames().stallLink();
      var first = pair.writing(A, BLOCK, 1);
      pair.turns(turns).cutLink();
      pair.runUntil("the first is acknowledged alone", first::isDone);
      assertThat(pair.write(A, BLOCK, 2).isOk()).isTrue();
      pair.healLink().runUntilWhole().runFor(1_000_000_000L);
      assertThat(pair.onDisk(A, BLOCK)).isEqualTo(2);
      assertThat(pair.onDisk(B, BLOCK)).isEqualTo(2);
      pair.assertIdentical();
    }
  }

  /// I4: after a power cut the disks must tell that one of them holds more.
  @Test
  void nothingIsAcknowledgedAloneBeforeANewGenerationIsStable() {
    for (long seed = 100; seed < 120; seed++) {
      var pair = MirrorPair.seeded(seed);
      assertThat(pair.stableGeneration(A)).isEqualTo(pair.stableGeneration(B));
      var before = pair.writing(A, BLOCK, 1);
      pair.kill(B);
      var after = pair.writing(A, BLOCK + 1, 2);
      pair.runUntil("the first is acknowledged", () -> before.isDone() || after.isDone());
      assertThat(pair.stableGeneration(A)).isNotEqualTo(pair.stableGeneration(B));
      pair.runUntil("both are acknowledged", () -> before.isDone() && after.isDone());
      assertThat(before.join().isOk()).isTrue();
      assertThat(after.join().isOk()).isTrue();
      pair.restart(B).runUntilWhole().assertIdentical();
    }
  }

  @Test
  void aPlannedSwitchMovesTheRoleAndTheData() {
    var pair = MirrorPair.seeded(5);
    pair.write(A, BLOCK, 9);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.status(A).role()).isEqualTo(Role.SECONDARY);
    assertThat(pair.read(B, BLOCK)).isEqualTo(9);
    assertThat(pair.write(A, BLOCK, 8).reason()).isEqualTo(IoResult.Reason.NOT_READY);
    assertThat(pair.write(B, BLOCK, 8).isOk()).isTrue();
    assertThat(pair.onDisk(A, BLOCK)).isEqualTo(8);
  }

  /// The other node had agreed while it was itself becoming Primary, and both served.
  @Test
  void aNodeThatIsBecomingPrimaryStepsDownBeforeItAgreesToTheNextHandover() {
    var pair = MirrorPair.seeded(18);
    var first = pair.promoting(B);
    pair.runUntil("A stepped down", () -> pair.status(A).role() == Role.SECONDARY);
    var second = pair.promoting(A);
    pair.runUntil(
        "both are answered",
        () -> {
          boolean both =
              pair.status(A).role() == Role.PRIMARY && pair.status(B).role() == Role.PRIMARY;
          assertThat(both).as("two Primaries").isFalse();
          return first.isDone() && second.isDone();
        });
    assertThat(first.join()).isInstanceOf(CommandResult.Done.class);
    assertThat(second.join()).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
    assertThat(pair.status(B).role()).isEqualTo(Role.SECONDARY);
  }

  @Test
  void theSurvivorOfAPowerCutHasEveryAcknowledgedWrite() {
    var pair = MirrorPair.seeded(6);
    pair.write(A, BLOCK, 5);
    pair.cutPower(A);
    pair.runUntil("noticed", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(
            CommandResult.Done.class, done -> assertThat(done.note()).contains("split"));
    assertThat(pair.read(B, BLOCK)).isEqualTo(5);
    pair.write(B, BLOCK + 1, 6);
    pair.restart(A).runUntilWhole();
    assertThat(pair.status(B).role()).isEqualTo(Role.PRIMARY);
    pair.assertIdentical();
  }

  @Test
  void aNodeThatLostItsCacheNeverOverwritesTheOneThatStayedUp() {
    var pair = MirrorPair.seeded(7);
    pair.write(A, BLOCK, 5);
    pair.cutPower(A);
    pair.restart(A).runUntilWhole();
    assertThat(pair.status(A).role()).as("the last Primary resumes").isEqualTo(Role.PRIMARY);
    assertThat(pair.read(A, BLOCK)).isEqualTo(5);
    pair.assertIdentical();
  }

  /// The power of the Primary fails, and the other node is then shut down: both come back later.
  @Test
  void aNodeThatLostItsCacheNeverOverwritesTheOneThatEndedInOrder() {
    var pair = MirrorPair.seeded(22);
    for (int block = BLOCK; block < BLOCK + 32; block++) {
      pair.write(A, block, 5);
    }
    pair.cutPower(A);
    pair.runUntil("noticed", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
    pair.end(B).cutPower(B);
    pair.restart(A).restart(B).runUntilWhole();
    for (int block = BLOCK; block < BLOCK + 32; block++) {
      assertThat(pair.read(A, block)).as("block %d", block).isEqualTo(5);
    }
    pair.assertIdentical();
  }

  @Test
  void withoutThePeerANodeWaitsForAPerson() {
    var pair = MirrorPair.seeded(8);
    pair.kill(A).kill(B);
    pair.restart(B).runFor(20_000_000_000L);
    assertThat(pair.status(B).role()).isEqualTo(Role.SECONDARY);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.CONSISTENT);
  }

  @Test
  void anOutdatedNodeIsNotPromoted() {
    var pair = MirrorPair.seeded(9);
    pair.disconnect(A);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.OUTDATED);
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class, no -> assertThat(no.refusal().why()).contains("Outdated"));
    pair.write(A, BLOCK, 3);
    pair.connect(A, false);
    pair.runUntilWhole().assertIdentical();
  }

  @Test
  void bothSidesOfASplitStopAndNameItUntilOneDiscards() {
    var pair = MirrorPair.seeded(10);
    pair.cutLink();
    pair.write(A, BLOCK, 1);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    pair.write(B, BLOCK + 1, 2);
    pair.healLink();
    pair.runUntil(
        "stopped",
        () ->
            pair.status(A).connectionState() == ConnectionState.STAND_ALONE
                && pair.status(B).connectionState() == ConnectionState.STAND_ALONE);
    assertThat(pair.status(A).reason()).contains("Primary");
    assertThat(pair.status(A).splitBrain()).isTrue();
    assertThat(pair.status(B).splitBrain()).isTrue();
    assertThat(pair.connect(B, true)).as("Primary").isInstanceOf(CommandResult.Refused.class);
    assertThat(pair.connect(A, true)).isInstanceOf(CommandResult.Done.class);
    pair.connect(B, false);
    pair.runUntilWhole().assertIdentical();
    assertThat(pair.status(A).splitBrain()).isFalse();
    assertThat(pair.read(B, BLOCK)).as("A's change was given up").isZero();
    assertThat(pair.read(B, BLOCK + 1)).isEqualTo(2);
  }

  @Test
  void nodesOfDifferentPairsRefuseEachOther() {
    var pair = MirrorPair.blank(11, 26 << 20, 26 << 20);
    pair.layOut(A, true).layOut(B, false, new UUID(8, 8)).start(A).start(B);
    pair.runUntil("running", () -> pair.isRunning(B));
    byte[] before = pair.image(B);
    pair.runUntil("refused", () -> !pair.reason(A).isEmpty() && !pair.reason(B).isEmpty());
    assertThat(pair.reason(A)).contains("nodes of different pairs");
    assertThat(pair.reason(B)).contains("nodes of different pairs");
    assertThat(pair.image(B)).isEqualTo(before);
  }

  @Test
  void aDiskTooSmallForTheMirrorIsRefused() {
    var pair = MirrorPair.blank(12, 30 << 20, 26 << 20);
    pair.layOut(A, true).layOut(B, false).start(A).start(B);
    pair.runUntil("stopped", () -> !pair.reason(A).isEmpty());
    assertThat(pair.status(A).reason()).contains("node 1 is too small for the mirror");
  }

  @Test
  void aLargerDiskTakesOverTheSizeOfTheMirror() {
    var pair = MirrorPair.blank(13, 26 << 20, 34 << 20);
    pair.layOut(A, true).layOut(B, false).start(A).start(B).runUntilWhole();
    assertThat(pair.status(B).replicatedBytes()).isEqualTo(pair.status(A).replicatedBytes());
    pair.assertIdentical();
  }

  @Test
  void oneDamagedSuperblockIsReadAroundAndMended() {
    var pair = MirrorPair.seeded(14);
    pair.runFor(1_000_000_000L).kill(A).corrupt(A, 100);
    pair.restart(A).runUntilWhole();
    assertThat(pair.noted(A))
        .anySatisfy(alert -> assertThat(alert).contains("superblock copy A", "damaged"));
    pair.kill(A).restart(A).runUntilWhole();
    assertThat(pair.noted(A)).isEmpty();
  }

  @Test
  void twoDamagedSuperblocksAreRefusedAndNothingIsChanged() {
    var pair = MirrorPair.seeded(15);
    pair.runFor(1_000_000_000L)
        .kill(A)
        .corrupt(A, 100)
        .corrupt(A, DiskLayout.SUPERBLOCK_B_OFFSET + 9);
    byte[] before = pair.image(A);
    pair.restart(A).runUntil("refused", () -> !pair.refusal(A).isEmpty());
    assertThat(pair.refusal(A)).contains("disk0", "superblock", "damaged");
    assertThat(pair.image(A)).isEqualTo(before);
  }

  @Test
  void aDamagedBitmapPageMeansDirty() {
    var pair = MirrorPair.seeded(16);
    pair.demote(A);
    pair.kill(A).corrupt(A, FreshLayout.BITMAP_OFFSET + 200);
    pair.restart(A);
    pair.runUntil("in sync again", () -> pair.inSync(A));
    assertThat(pair.noted(A)).anySatisfy(alert -> assertThat(alert).contains("bitmap page 0"));
    pair.assertIdentical();
  }

  @Test
  void aDamagedActivityLogMeansEverythingIsDirty() {
    var pair = MirrorPair.seeded(17);
    pair.write(A, BLOCK, 1);
    pair.kill(A);
    for (int block = 0; block < 256; block++) {
      pair.corrupt(A, FreshLayout.ACTIVITY_LOG_OFFSET + block * 4096L + 40);
    }
    pair.restart(A).runUntilWhole();
    assertThat(pair.noted(A))
        .anySatisfy(
            alert -> assertThat(alert).contains("the activity log at byte 1048576 is damaged"));
    assertThat(pair.read(A, BLOCK)).isEqualTo(1);
    pair.assertIdentical();
  }
}
