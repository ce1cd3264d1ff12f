package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.Role;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A change of role waits for the work of the role before, asks before it makes two Primaries, and
/// says what is known.
@Tag("run-book")
class TakeoverTest {
  private static final int BLOCK = 3000;
  private static final long LIMIT_NANOS = 10_000_000_000L;

  private static void awaitAlone(MirrorPair pair, int node) {
    pair.runUntil(
        "noticed", () -> pair.status(node).connectionState() == ConnectionState.CONNECTING);
  }

  private static Consumer<CommandResult.Refused> because(String why) {
    return refused -> assertThat(refused.refusal().why()).contains(why);
  }

  /// W1 is on its way to B's disk when A dies; B is promoted, the host writes W2 to the same block,
  /// and then W1 lands on top of it.
  @Test
  void aTakeoverWaitsForAWriteOfTheLastPrimary() {
    var pair = MirrorPair.seeded(1);
    pair.stickDisk(B, Operation.WRITE);
    pair.writing(A, BLOCK, 1);
    pair.runFor(100_000_000L).kill(A);
    awaitAlone(pair, B);
    var promotion = pair.promoting(B);
    pair.runFor(6_000_000_000L);
    assertThat(promotion).isNotDone();
    pair.releaseDisk(B).runUntil("promoted", promotion::isDone);
    assertThat(promotion.join()).isInstanceOf(CommandResult.Done.class);
    pair.write(B, BLOCK, 2);
    pair.flush(B);
    pair.runFor(20_000_000_000L);
    assertThat(pair.read(B, BLOCK)).isEqualTo(2);
  }

  @Test
  void aTakeoverOverADiskThatStandsStillIsRefusedAndSaysWhy() {
    var pair = MirrorPair.seeded(2);
    pair.stickDisk(B);
    pair.writing(A, BLOCK, 1);
    pair.runFor(100_000_000L).kill(A);
    awaitAlone(pair, B);
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            because("an operation of the last Primary has not come back from the disk"));
    assertThat(pair.status(B).role()).isEqualTo(Role.SECONDARY);
    pair.releaseDisk(B).runFor(1_000_000_000L);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
  }

  /// The disk stops in the middle of the note that this node is Primary.
  @Test
  void aPromotionThatWasRefusedIsNotDoneLater() {
    var pair = MirrorPair.seeded(3);
    pair.kill(A);
    awaitAlone(pair, B);
    pair.stickDisk(B);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Refused.class);
    pair.releaseDisk(B).runFor(1_000_000_000L);
    assertThat(pair.status(B).role()).isEqualTo(Role.SECONDARY);
    pair.restart(A).runUntilWhole();
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
  }

  @Test
  void aNewLinkWaitsForWritesOfTheLastOneAndSaysSo() {
    var pair = MirrorPair.seeded(4);
    pair.stickDisk(B, Operation.WRITE);
    pair.writing(A, BLOCK, 1);
    pair.runFor(100_000_000L).breakLink().runFor(10_000_000_000L);
    assertThat(pair.reason(B)).contains("has not come back from the disk");
    assertThat(pair.status(A).connectionState()).isEqualTo(ConnectionState.CONNECTING);
    pair.releaseDisk(B).runUntilWhole().assertIdentical();
    assertThat(pair.reason(B)).isEmpty();
  }

  // --- a planned switch ---

  @Test
  void aPlannedSwitchWithAStuckDiskIsRefusedAndTheOldPrimaryGoesOnServing() {
    var pair = MirrorPair.seeded(5);
    pair.write(A, BLOCK, 1);
    pair.stickDisk(A);
    var promotion = pair.promoting(B);
    pair.runFor(LIMIT_NANOS + 1_000_000_000L);
    assertThat(promotion).isDone();
    assertThat(promotion.join())
        .isInstanceOfSatisfying(CommandResult.Refused.class, because("has not ended within 10 s"));
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
    assertThat(pair.status(B).connectionState()).isEqualTo(ConnectionState.CONNECTED);
    var write = pair.writing(A, BLOCK, 2);
    pair.releaseDisk(A).runUntil("answered", write::isDone);
    assertThat(write.join().isOk()).isTrue();
    pair.runUntilWhole().assertIdentical();
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.read(B, BLOCK)).isEqualTo(2);
  }

  /// The disk stops at each moment of the switch: whatever has begun, one of the two serves.
  @Test
  void aDiskThatStopsAnywhereInAPlannedSwitchLeavesOnePrimary() {
    for (int turns = 0; turns < 60; turns += 2) {
      var pair = MirrorPair.seeded(6);
      pair.write(A, BLOCK, 1);
      var promotion = pair.promoting(B);
      pair.turns(turns).stickDisk(A).runFor(3 * LIMIT_NANOS);
      assertThat(promotion).as("stopped after %d turns", turns).isDone();
      boolean moved = promotion.join() instanceof CommandResult.Done;
      pair.releaseDisk(A).runUntilWhole();
      assertThat(pair.status(moved ? B : A).role()).isEqualTo(Role.PRIMARY);
      assertThat(pair.write(moved ? B : A, BLOCK, 2).isOk()).isTrue();
      pair.assertIdentical();
    }
  }

  @Test
  void aSecondaryWhoseDiskStandsStillDoesNotAgree() {
    var pair = MirrorPair.seeded(7);
    pair.demote(A);
    pair.stickDisk(A);
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(CommandResult.Refused.class, because("node 0 has not ended"));
    pair.releaseDisk(A).runFor(1_000_000_000L);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
  }

  @Test
  void aDemotionWithAStuckDiskIsRefused() {
    var pair = MirrorPair.seeded(8);
    pair.stickDisk(A);
    assertThat(pair.demote(A)).isInstanceOf(CommandResult.Refused.class);
    pair.releaseDisk(A);
    assertThat(pair.write(A, BLOCK, 1).isOk()).isTrue();
    assertThat(pair.demote(A)).isInstanceOf(CommandResult.Done.class);
  }

  @Test
  void anEndThatCannotDrainEndsWithoutTheNoteThatNothingIsLost() {
    var pair = MirrorPair.seeded(9);
    pair.write(A, BLOCK, 1);
    pair.stickDisk(A).ending(A);
    pair.runUntil("said", () -> pair.noted(A).stream().anyMatch(told -> told.contains("in-order")));
    pair.kill(A).releaseDisk(A).runFor(LIMIT_NANOS);
    pair.restart(A).runUntilWhole().assertIdentical();
  }

  // --- the other node is asked first ---

  @Test
  void aPromotionIsRefusedWhenTheOtherNodeAnswersAsPrimary() {
    var pair = MirrorPair.seeded(10);
    pair.cutLinkOnly();
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class, because("answers at host 0 as Primary"));
    assertThat(pair.promote(B, true)).as("by force").isInstanceOf(CommandResult.Refused.class);
    pair.disconnect(B);
    assertThat(pair.promote(B)).as("StandAlone").isInstanceOf(CommandResult.Refused.class);
    pair.kill(A);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
  }

  // --- a node that stands still ---

  /// Its kernel takes connections: the nodes seemed to be meeting for ever.
  @Test
  void aNodeThatStandsStillIsAskedForHalfAMinuteAndThenTheWaysOnAreNamed() {
    var pair = MirrorPair.seeded(12);
    pair.write(A, BLOCK, 1);
    pair.freeze(A, 120_000_000_000L);
    awaitAlone(pair, B);
    pair.runFor(6_000_000_000L);
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            refused -> {
              assertThat(refused.refusal().why())
                  .contains("takes connections at host 0 and has said nothing for 3");
              assertThat(refused.refusal().action()).contains("fence it", "--force");
            });
    assertThat(pair.status(B).role()).isEqualTo(Role.SECONDARY);

    assertThat(pair.promote(B, true))
        .isInstanceOfSatisfying(
            CommandResult.Done.class,
            done -> assertThat(done.note()).contains("takes connections at host 0"));
    assertThat(pair.write(B, BLOCK, 2).isOk()).isTrue();
    pair.runFor(120_000_000_000L);
    assertThat(pair.status(A).role()).as("the one that has woken").isEqualTo(Role.SECONDARY);
    assertThat(pair.status(B).role()).isEqualTo(Role.PRIMARY);
    pair.connect(A, false);
    pair.connect(B, false);
    pair.runUntilWhole().assertIdentical();
    assertThat(pair.read(B, BLOCK)).isEqualTo(2);
  }

  /// Its portals and its control address are out of reach: it counted as not reachable, and the
  /// promotion split the data.
  @Test
  void aNodeThatTakesTheLinkAloneAndSaysNothingIsNotTakenForGone() {
    var pair = MirrorPair.seeded(16);
    pair.write(A, BLOCK, 1);
    pair.cutOtherWays().freeze(A, 120_000_000_000L);
    awaitAlone(pair, B);
    pair.runFor(6_000_000_000L);
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            refused -> {
              assertThat(refused.refusal().why())
                  .contains("takes connections at side 0 (the mirror's link)")
                  .contains("has said nothing for 3");
              assertThat(refused.refusal().action()).contains("fence it", "--force");
            });
    assertThat(pair.promote(B, true))
        .isInstanceOfSatisfying(
            CommandResult.Done.class,
            done -> assertThat(done.note()).contains("(the mirror's link) and says nothing"));
  }

  /// The link was lost in silence a moment ago, and the next one has not come yet: it shows whether
  /// anybody takes it.
  @Test
  void aPromotionAtTheLossOfALinkWaitsForWhatTheNextOneShows() {
    for (int turns = 0; turns < 40; turns += 4) {
      var pair = MirrorPair.seeded(17);
      pair.cutOtherWays().freeze(A, 120_000_000_000L);
      awaitAlone(pair, B);
      assertThat(pair.turns(turns).promote(B))
          .as("%d turns after the loss", turns)
          .isInstanceOfSatisfying(
              CommandResult.Refused.class, because("takes connections at side 0"));
    }
  }

  @Test
  void aNodeWhoseMuteLinksHaveEndedIsNotWaitedForAnyMore() {
    for (long seed = 18; seed < 26; seed++) {
      var pair = MirrorPair.seeded(seed);
      pair.cutOtherWays().freeze(A, 120_000_000_000L);
      awaitAlone(pair, B);
      pair.runFor(6_000_000_000L).cutPower(A);
      assertThat(pair.promote(B))
          .isInstanceOfSatisfying(
              CommandResult.Done.class,
              done -> assertThat(done.note()).contains("the other node was not reachable"));
    }
  }

  @Test
  void aNodeThatWakesWhileItIsAskedIsHeardAndHandsOverWhenTheyHaveMet() {
    var pair = MirrorPair.seeded(13);
    pair.write(A, BLOCK, 1);
    pair.freeze(A, 25_000_000_000L);
    awaitAlone(pair, B);
    pair.runFor(6_000_000_000L);
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class, because("answers at host 0 as Primary"));
    pair.runUntilWhole();
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.status(A).role()).isEqualTo(Role.SECONDARY);
    pair.runUntilWhole().assertIdentical();
  }

  /// Whoever forced it was told: the other one has what hosts wrote, and this one has nothing.
  @Test
  void aForcedPromotionThatNoHostHasWrittenToStopsWhenTheOtherOneWakesAndSaysSoBefore() {
    var pair = MirrorPair.seeded(15);
    pair.write(A, BLOCK, 1);
    pair.freeze(A, 60_000_000_000L);
    awaitAlone(pair, B);
    pair.runFor(6_000_000_000L);
    assertThat(pair.promote(B, true))
        .isInstanceOfSatisfying(
            CommandResult.Done.class,
            done ->
                assertThat(done.note())
                    .contains("the one of the two that no host has written to stops"));
    assertThat(pair.status(B).role()).isEqualTo(Role.PRIMARY);
    pair.runFor(90_000_000_000L);
    assertThat(pair.status(B).role()).isEqualTo(Role.SECONDARY);
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
    assertThat(pair.read(A, BLOCK)).isEqualTo(1);
  }

  @Test
  void aNodeThatWasFencedWhileItStoodStillIsNotAskedAnyMore() {
    var pair = MirrorPair.seeded(14);
    pair.freeze(A, 120_000_000_000L);
    awaitAlone(pair, B);
    pair.runFor(6_000_000_000L).kill(A);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
  }

  @Test
  void aPromotionSaysWhatIsKnownOfTheOtherNode() {
    var pair = MirrorPair.seeded(11);
    pair.kill(A);
    awaitAlone(pair, B);
    pair.runFor(7_000_000_000L);
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(
            CommandResult.Done.class,
            done ->
                assertThat(done.note())
                    .containsPattern("alone for 1[12] s, since the link was lost")
                    .contains("what it has written since is missing here")
                    .doesNotContain("Consistent"));
  }

  @Test
  void aPromotionOfANodeThatHasMetNobodySaysThatItIsConsistentOnly() {
    var pair = MirrorPair.seeded(12);
    pair.kill(A).kill(B).restart(B).runUntil("running", () -> pair.isRunning(B));
    pair.runFor(1_000_000_000L);
    assertThat(pair.promote(B))
        .isInstanceOfSatisfying(
            CommandResult.Done.class,
            done ->
                assertThat(done.note())
                    .contains("have not met since this node's start", "Consistent only"));
  }

  /// The flush before a forced promotion had no limit.
  @Test
  void aPromotionByForceOnADiskThatStandsStillIsRefusedInTime() {
    var pair = MirrorPair.seeded(41).kill(A);
    pair.runUntil("noticed", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
    pair.stickDisk(B, Operation.FLUSH);
    assertThat(pair.promote(B, true))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            no -> assertThat(no.refusal().why()).contains("has not come back"));
    pair.releaseDisk(B).runFor(1_000_000_000L);
    assertThat(pair.status(B).role()).isEqualTo(Role.SECONDARY);
    assertThat(pair.promote(B, true)).isInstanceOf(CommandResult.Done.class);
  }

  /// Found by the simulation, seed 702594: whoever asked was refused, and the Primary stepped down
  /// for it all the same, so that nobody served.
  @Test
  void aPrimaryThatIsAskedForASwitchGoesOnServingIfTheLinkIsLostBeforeItHasStopped() {
    int wasAsked = 0;
    for (int turns = 1; turns < 120; turns++) {
      var pair = MirrorPair.seeded(80 + turns);
      pair.slowDisk(A, 1_000_000L);
      var write = pair.writing(A, BLOCK, 1);
      var promotion = pair.promoting(B);
      pair.turns(turns);
      if (pair.status(A).role() != Role.PRIMARY || promotion.isDone()) {
        continue;
      }
      wasAsked++;
      pair.breakLink().runUntil("answered", () -> promotion.isDone() && write.isDone());
      assertThat(promotion.join()).isInstanceOf(CommandResult.Refused.class);
      pair.runUntil("in sync", () -> pair.inSync(A) && pair.inSync(B)).runFor(LIMIT_NANOS);
      assertThat(pair.isServing(A)).as("after %d turns", turns).isTrue();
      assertThat(pair.write(A, BLOCK, 2).isOk()).isTrue();
    }
    assertThat(wasAsked).isGreaterThan(20);
  }
}
