package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.IoResult;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.Role;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Two nodes that were both promoted meet: one stops serving at once, whatever the order in which
/// they hear of each other. Both went on, under one identifier.
@Tag("run-book")
class TwoPrimariesTest {
  private static final int BLOCK = 3000;

  private static MirrorPair apart(long seed) {
    var pair = MirrorPair.seeded(seed);
    pair.cutLink();
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    return pair;
  }

  private static boolean stopped(MirrorPair pair) {
    return pair.status(A).connectionState() == ConnectionState.STAND_ALONE
        && pair.status(B).connectionState() == ConnectionState.STAND_ALONE;
  }

  private static void assertServes(MirrorPair pair, int winner) {
    pair.healLink().runUntil("stopped", () -> stopped(pair));
    int loser = 1 - winner;
    assertThat(pair.status(loser).role()).isEqualTo(Role.SECONDARY);
    assertThat(pair.status(winner).role()).isEqualTo(Role.PRIMARY);
    assertThat(pair.write(loser, BLOCK, 9).reason()).isEqualTo(IoResult.Reason.NOT_READY);
    assertThat(pair.write(winner, BLOCK, 9).isOk()).isTrue();
    for (int node : new int[] {A, B}) {
      assertThat(pair.status(node).splitBrain()).isTrue();
      assertThat(pair.reason(node)).contains("node " + loser + " has stopped serving");
    }
    assertThat(pair.noted(loser))
        .anySatisfy(told -> assertThat(told).contains("gave-way", "stopped serving"))
        .anySatisfy(told -> assertThat(told).startsWith("split-brain-found"));
    pair.runFor(60_000_000_000L);
    assertThat(stopped(pair)).as("no loop of meetings").isTrue();
  }

  @Test
  void theOneThatNoHostHasWrittenToStops() {
    for (long seed = 1; seed <= 10; seed++) {
      var pair = apart(seed);
      pair.write(A, BLOCK, 1);
      assertServes(pair, A);
    }
  }

  @Test
  void ifBothWereWrittenToTheOneOfTheLowerTermStops() {
    for (long seed = 11; seed <= 20; seed++) {
      var pair = apart(seed);
      pair.write(A, BLOCK, 1);
      pair.write(B, BLOCK, 2);
      assertServes(pair, B);
    }
  }

  @Test
  void ifNeitherWasWrittenToTheOneOfTheLowerTermStops() {
    var pair = apart(21);
    assertServes(pair, B);
  }

  @Test
  void whatTheLoserHasUnderWayDoesNotEndWell() {
    for (long seed = 31; seed <= 40; seed++) {
      var pair = apart(seed);
      pair.write(A, BLOCK, 1);
      pair.write(B, BLOCK, 2);
      pair.stickDisk(A);
      var write = pair.writing(A, BLOCK + 1, 3);
      pair.healLink().runUntil("stopped", () -> stopped(pair));
      assertThat(write).as("the disk has it still").isNotDone();
      pair.releaseDisk(A).runUntil("answered", write::isDone);
      assertThat(write.join().reason()).isEqualTo(IoResult.Reason.NOT_READY);
    }
  }

  /// A record of A's is under way on a disk that stands still: A waited for it before it reported
  /// that it is Primary, and both served.
  @Test
  void oneStopsAtOnceThoughARecordOfTheOtherDoesNotComeBack() {
    for (boolean bIsWrittenTo : new boolean[] {false, true}) {
      var pair = MirrorPair.seeded(51);
      pair.write(A, BLOCK, 1);
      pair.cutLink();
      assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
      if (bIsWrittenTo) {
        pair.write(B, BLOCK, 2);
      }
      pair.stickDisk(A, SimDisk.Operation.FLUSH);
      var write = pair.writing(A, BLOCK + 1, 3);
      pair.healLink().runFor(3_000_000_000L);
      assertThat(write.isDone()).as("a loser's write ends, badly").isEqualTo(bIsWrittenTo);
      assertThat(pair.isServing(A)).isEqualTo(!bIsWrittenTo);
      assertThat(pair.isServing(B)).isEqualTo(bIsWrittenTo);
      pair.releaseDisk(A).runUntil("stopped", () -> stopped(pair) && write.isDone());
      assertThat(write.join().isOk()).isEqualTo(!bIsWrittenTo);
      assertThat(pair.status(A).splitBrain()).isTrue();
      assertThat(pair.status(B).splitBrain()).isTrue();
    }
  }

  @Test
  void theLoserDoesNotResumeAfterARestart() {
    var pair = apart(41);
    pair.write(A, BLOCK, 1);
    assertServes(pair, A);
    pair.kill(A).kill(B);
    pair.restart(A).restart(B).runUntilWhole();
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
    assertThat(pair.read(A, BLOCK)).isEqualTo(9);
    pair.assertIdentical();
  }

  @Test
  void termsOfTwoPromotionsApartAreNeverEqual() {
    var pair = apart(42);
    pair.demote(B);
    pair.promote(B);
    assertThat(pair.status(A).term() % 2).isEqualTo(A);
    assertThat(pair.status(B).term() % 2).isEqualTo(B);
  }

  /// Seed 3726: it was told again that it had not happened.
  @Test
  void aRefusedDemotionIsNotAnsweredAgainWhenTheNodeGivesWay() {
    var pair = MirrorPair.seeded(61).cutLink();
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    pair.write(B, BLOCK, 2);
    pair.stickDisk(A, SimDisk.Operation.WRITE);
    var demotion = pair.demoting(A);
    pair.runUntil("refused", demotion::isDone);
    assertThat(demotion.join()).isInstanceOf(CommandResult.Refused.class);
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
    pair.healLink().runUntil("given way", () -> pair.status(A).role() == Role.SECONDARY);
    pair.releaseDisk(A).runUntil("stopped", () -> stopped(pair));
  }

  /// Seed 29656: the link was back while the promotion waited for the disk, and the meeting waited
  /// for the promotion. It went on alone, beside a Primary that it was connected to.
  @Test
  void aPromotionDoesNotGoOnAloneWhenTheLinkIsBack() {
    var pair = MirrorPair.seeded(62).stickDisk(B);
    var write = pair.writing(A, BLOCK, 1);
    // The link ends at once: after one that was given up in silence the next one is waited for.
    pair.runFor(10_000_000L).breakLink().runFor(1_000_000L).cutLink();
    var promotion = pair.promoting(B);
    pair.runFor(5_500_000_000L).healLink().runFor(1_000_000_000L);
    assertThat(promotion).isNotDone();
    pair.releaseDisk(B).runUntil("answered", promotion::isDone);
    pair.runUntil("in sync", () -> pair.inSync(A) && pair.inSync(B));
    assertThat(write).isDone();
    assertThat(pair.status(B).connectionState()).isEqualTo(ConnectionState.CONNECTED);
    boolean promoted = promotion.join() instanceof CommandResult.Done;
    assertThat(pair.isServing(B)).isEqualTo(promoted);
    assertThat(pair.isServing(A)).isEqualTo(!promoted);
  }

  /// Seed 248: it stood alone, where the loser could not reach it any more and went on serving.
  @Test
  void theWinnerDoesNotStandAloneBeforeTheLoserHasStopped() {
    for (int turns = 0; turns < 120; turns++) {
      var pair = apart(70 + turns);
      pair.write(A, BLOCK, 1);
      pair.healLink().turns(turns).breakLink();
      pair.runUntil("one has stopped", () -> pair.isServing(A) != pair.isServing(B));
      assertThat(pair.isServing(A)).isTrue();
    }
  }

  /// Any farewell of the other Primary counted as its word that it has stopped.
  @Test
  void aDisconnectOfTheOtherPrimaryIsNotTakenForItsWordThatItHasStopped() {
    int stillServing = 0;
    for (int turns = 0; turns < 120; turns++) {
      var pair = apart(200 + turns);
      pair.write(A, BLOCK, 1);
      pair.healLink().turns(turns);
      if (pair.isServing(B)) {
        pair.disconnecting(B, true);
        pair.runFor(1_000_000_000L);
      }
      if (pair.isServing(B)) {
        stillServing++;
        assertThat(pair.reason(A)).as("after %d turns", turns).doesNotContain("node 1 has stopped");
      }
    }
    assertThat(stillServing).isPositive();
  }
}
