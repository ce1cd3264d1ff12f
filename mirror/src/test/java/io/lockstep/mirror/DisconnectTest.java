package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// `disconnect` says done for what was done only, and is always answered.
@Tag("run-book")
class DisconnectTest {
  private static final int BLOCK = 3000;

  /// It said done although the peer had never become Outdated.
  @Test
  void aDisconnectThatThePeerDoesNotConfirmIsRefusedAndNothingChanges() {
    var pair = MirrorPair.seeded(1);
    pair.stickDisk(B);
    assertThat(pair.disconnect(A))
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            no -> {
              assertThat(no.refusal().why()).contains("has not confirmed");
              assertThat(no.refusal().action()).contains("--force");
            });
    assertThat(pair.status(A).connectionState()).isEqualTo(ConnectionState.CONNECTED);
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
    pair.releaseDisk(B).runFor(5_000_000_000L).runUntilWhole();
    assertThat(pair.status(B).diskState()).as("not Outdated").isEqualTo(DiskState.UP_TO_DATE);
    pair.kill(A);
    pair.runUntil("noticed", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
  }

  @Test
  void byForceItGoesOnAndSaysWhatThatMeans() {
    var pair = MirrorPair.seeded(2);
    pair.stickDisk(B);
    assertThat(pair.disconnect(A, true))
        .isInstanceOfSatisfying(
            CommandResult.Done.class, done -> assertThat(done.note()).contains("not noted"));
    pair.runUntil("parted", () -> pair.status(A).connectionState() == ConnectionState.STAND_ALONE);
  }

  /// The first was never answered.
  @Test
  void theSecondOfTwoDisconnectsIsRefusedAtOnceAndTheFirstIsAnswered() {
    var pair = MirrorPair.seeded(3);
    var first = pair.disconnecting(A, false);
    var second = pair.disconnecting(A, false);
    assertThat(second).isDone();
    assertThat(second.join()).isInstanceOf(CommandResult.Refused.class);
    pair.runUntil("answered", first::isDone);
    assertThat(first.join()).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.OUTDATED);
  }

  @Test
  void aDisconnectIsAnsweredWhenTheLinkIsLost() {
    var pair = MirrorPair.seeded(4);
    pair.stickDisk(B);
    var answer = pair.disconnecting(A, false);
    pair.runFor(100_000_000L).breakLink().runUntil("answered", answer::isDone);
    assertThat(answer.join())
        .isInstanceOfSatisfying(
            CommandResult.Refused.class,
            no -> assertThat(no.refusal().why()).contains("link was lost"));
    pair.releaseDisk(B).runUntilWhole();
  }

  @Test
  void aDisconnectOfTheSecondaryMakesItOutdated() {
    var pair = MirrorPair.seeded(5).runFor(1_000_000_000L);
    assertThat(pair.disconnect(B)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.OUTDATED);
    assertThat(pair.status(A).role()).isEqualTo(Role.PRIMARY);
    assertThat(pair.write(A, BLOCK, 1).isOk()).isTrue();
    pair.connect(B, false);
    pair.runUntilWhole().assertIdentical();
  }

  /// It stayed Outdated for as long as it was connected, and nobody could have promoted it.
  @Test
  void aSecondaryThatNotesItsRefusedDisconnectTooLateIsNotLeftOutdated() {
    var pair = MirrorPair.seeded(8).runFor(1_000_000_000L);
    pair.stickDisk(B);
    assertThat(pair.disconnect(B)).isInstanceOf(CommandResult.Refused.class);
    pair.releaseDisk(B).runFor(5_000_000_000L).runUntilWhole();
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.UP_TO_DATE);
    assertThat(pair.status(B).connectionState()).isEqualTo(ConnectionState.CONNECTED);
  }

  @Test
  void aPrimaryThatIsAloneIsDisconnectedAndToldThatNobodyHeardOfIt() {
    var pair = MirrorPair.seeded(6);
    pair.cutLink();
    assertThat(pair.disconnect(A))
        .isInstanceOfSatisfying(
            CommandResult.Done.class, done -> assertThat(done.note()).contains("not noted"));
  }

  /// The other node, whose copy was the only one left, was made Outdated, and needed force.
  @Test
  void aPrimaryWithoutItsDiskDoesNotMakeTheLastCopyOutdated() {
    var pair = MirrorPair.seeded(10);
    pair.failDisk(A, Operation.WRITE, 3 << 20, 20 << 20);
    pair.write(A, BLOCK, 1);
    pair.runUntil("failed", () -> pair.status(B).peerDiskState() == DiskState.FAILED);
    assertThat(pair.disconnect(A)).isInstanceOf(CommandResult.Done.class);
    pair.runUntil("parted", () -> pair.status(A).connectionState() == ConnectionState.STAND_ALONE);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.UP_TO_DATE);
    pair.kill(A);
    pair.runUntil("noticed", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
  }

  /// The node noted that it is Outdated, and then that it is Primary.
  @Test
  void aDisconnectDuringASwitchDoesNotMakeTheNewPrimaryOutdated() {
    for (int turns = 0; turns < 40; turns++) {
      var pair = MirrorPair.seeded(9);
      var promotion = pair.promoting(B);
      pair.turns(turns);
      var disconnect = pair.disconnecting(B, true);
      pair.runUntil("answered", () -> promotion.isDone() && disconnect.isDone());
      pair.runFor(1_000_000_000L);
      if (promotion.join() instanceof CommandResult.Done) {
        assertThat(pair.status(B).role()).isEqualTo(Role.PRIMARY);
        assertThat(pair.status(B).diskState()).isEqualTo(DiskState.UP_TO_DATE);
      }
      boolean outdated = pair.stableDiskState(B) == DiskState.OUTDATED;
      assertThat(outdated && pair.isServing(B)).isFalse();
      assertThat(outdated && promotion.join() instanceof CommandResult.Done).isFalse();
    }
  }

  @Test
  void everyCommandIsAnsweredWhenTheNodeEnds() {
    for (int turns = 0; turns < 40; turns += 4) {
      var pair = MirrorPair.seeded(7);
      var disconnect = pair.disconnecting(A, false);
      var promotion = pair.promoting(B);
      pair.turns(turns).ending(A);
      var demotion = pair.demoting(A);
      pair.runUntil(
          "all are answered", () -> disconnect.isDone() && promotion.isDone() && demotion.isDone());
    }
  }
}
