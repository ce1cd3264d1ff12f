package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// `connect --discard-my-data` is for the split that was shown, and for one meeting.
@Tag("run-book")
class DiscardConsentTest {
  private static final int BLOCK = 3000;

  private static void split(MirrorPair pair, int valueA, int valueB) {
    pair.cutLink();
    pair.promote(A);
    pair.write(A, BLOCK, valueA);
    pair.promote(B);
    pair.write(B, BLOCK + 1, valueB);
    pair.healLink();
    pair.runUntil(
        "stopped",
        () ->
            pair.status(A).connectionState() == ConnectionState.STAND_ALONE
                && pair.status(B).connectionState() == ConnectionState.STAND_ALONE);
    assertThat(pair.status(A).splitBrain()).isTrue();
    pair.demote(A);
    pair.demote(B);
  }

  /// The issue's own case: consent was cleared in sync only, not after a resync.
  @Test
  void aUsedDiscardMyDataDoesNotStayArmed() {
    var pair = MirrorPair.seeded(1);
    split(pair, 1, 2);
    assertThat(pair.connect(B, true)).isInstanceOf(CommandResult.Done.class);
    pair.connect(A, false);
    pair.runUntil("in sync", () -> pair.inSync(A) && pair.inSync(B));
    split(pair, 3, 4);
    assertThat(pair.onDisk(A, BLOCK)).isEqualTo(3);
    assertThat(pair.onDisk(B, BLOCK + 1)).as("nobody gave it up").isEqualTo(4);
    pair.connect(A, false);
    pair.connect(B, false);
    pair.runUntil("stopped again", () -> pair.status(B).splitBrain());
    assertThat(pair.onDisk(B, BLOCK + 1)).isEqualTo(4);
  }

  @Test
  void itIsRefusedWhenNoSplitIsShown() {
    var pair = MirrorPair.seeded(2);
    assertThat(pair.connect(B, true))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            no -> assertThat(no.refusal().why()).contains("no split brain"));
    split(pair, 1, 2);
    pair.restart(killed(pair, B));
    pair.runUntil("running", () -> pair.isRunning(B));
    assertThat(pair.connect(B, true))
        .as("the node has forgotten what it was shown")
        .isInstanceOf(CommandResult.Refused.class);
  }

  private static int killed(MirrorPair pair, int node) {
    pair.kill(node);
    return node;
  }

  @Test
  void itIsRefusedWhenTheOwnChangesHaveGrownSince() {
    var pair = MirrorPair.seeded(3);
    split(pair, 1, 2);
    pair.promote(B);
    pair.write(B, BLOCK + 2, 3);
    pair.demote(B);
    assertThat(pair.connect(B, true)).isInstanceOf(CommandResult.Refused.class);
  }

  /// A goes on with other changes than those that were shown.
  @Test
  void itCountsForNothingWhenTheOthersChangesAreNotTheOnesThatWereShown() {
    var pair = MirrorPair.seeded(4);
    split(pair, 1, 2);
    assertThat(pair.connect(B, true)).isInstanceOf(CommandResult.Done.class);
    pair.promote(A);
    pair.write(A, BLOCK + 3, 5);
    pair.connect(A, false);
    pair.runUntil("stopped", () -> pair.status(B).splitBrain());
    assertThat(pair.onDisk(B, BLOCK + 1)).isEqualTo(2);
  }

  @Test
  void aPlainConnectTakesItBack() {
    var pair = MirrorPair.seeded(5);
    split(pair, 1, 2);
    pair.connect(B, true);
    pair.connect(B, false);
    pair.connect(A, false);
    pair.runUntil("stopped", () -> pair.status(B).splitBrain());
    assertThat(pair.onDisk(B, BLOCK + 1)).isEqualTo(2);
  }

  @Test
  void ifBothGiveUpNothingIsGivenUp() {
    var pair = MirrorPair.seeded(6);
    split(pair, 1, 2);
    pair.connect(A, true);
    pair.connect(B, true);
    pair.runUntil(
        "stopped",
        () ->
            pair.status(A).connectionState() == ConnectionState.STAND_ALONE
                && pair.status(B).connectionState() == ConnectionState.STAND_ALONE);
    assertThat(pair.onDisk(A, BLOCK)).isEqualTo(1);
    assertThat(pair.onDisk(B, BLOCK + 1)).isEqualTo(2);
    pair.connect(A, true);
    pair.connect(B, false);
    pair.runUntil("in sync", () -> pair.inSync(A) && pair.inSync(B));
    assertThat(pair.onDisk(A, BLOCK + 1)).as("the consent before was used up").isEqualTo(2);
    pair.assertIdentical();
  }

  /// Consent was kept as the peer's generation alone, and went on to be given for what was written
  /// later.
  @Test
  void itCountsForNothingWhenTheOwnChangesHaveGrownAfterIt() {
    var pair = MirrorPair.seeded(7);
    split(pair, 1, 2);
    assertThat(pair.connect(B, true)).isInstanceOf(CommandResult.Done.class);
    pair.promote(B);
    pair.write(B, BLOCK + 2, 6);
    pair.demote(B);
    pair.connect(A, false);
    pair.runUntil("stopped", () -> pair.status(B).splitBrain());
    assertThat(pair.onDisk(B, BLOCK + 2)).isEqualTo(6);
  }

  /// The link is lost after this node's decision and before the other's: whoever gave the command
  /// need not give it again.
  @Test
  void itOutlivesALinkOnWhichNothingWasGivenUp() {
    for (int turns = 1; turns < 60; turns++) {
      var pair = MirrorPair.seeded(8);
      split(pair, 1, 2);
      pair.connect(B, true);
      pair.connect(A, false);
      pair.turns(turns).breakLink();
      pair.runUntil("in sync", () -> pair.inSync(A) && pair.inSync(B));
      assertThat(pair.onDisk(B, BLOCK)).as("after %d turns", turns).isEqualTo(1);
      pair.assertIdentical();
    }
  }
}
