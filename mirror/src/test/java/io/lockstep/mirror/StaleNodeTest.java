package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A node whose data may be older does not become Primary by itself, whatever happens to the other
/// node's disk. It did when that disk was replaced, and said nothing.
@Tag("run-book")
class StaleNodeTest {
  private static final int BLOCK = 3000;
  private static final ConnectionState SOURCE = ConnectionState.WF_BITMAP_S;

  private static MirrorPair withReplacedDisk(MirrorPair pair) {
    return pair.kill(A).replaceDisk(A).start(A);
  }

  private static void awaitStop(MirrorPair pair) {
    pair.runUntil(
        "stopped",
        () ->
            pair.isRunning(A)
                && pair.status(A).connectionState() == ConnectionState.STAND_ALONE
                && pair.status(B).connectionState() == ConnectionState.STAND_ALONE);
  }

  @Test
  void anOutdatedNodeFillsNoNewDiskAndDoesNotResume() {
    var pair = MirrorPair.seeded(1);
    pair.disconnect(A);
    pair.write(A, BLOCK, 1);
    withReplacedDisk(pair);
    pair.connect(B, false);
    awaitStop(pair);
    assertThat(pair.reason(B)).contains("whose disk is Outdated", "--force");
    assertThat(pair.status(B).role()).isEqualTo(Role.SECONDARY);
    assertThat(pair.status(B).diskState()).isEqualTo(DiskState.OUTDATED);
  }

  @Test
  void aPersonsForceMakesAnOutdatedNodePrimaryAndSaysWhatThatMeans() {
    var pair = MirrorPair.seeded(2);
    pair.write(A, BLOCK, 1);
    pair.disconnect(A);
    pair.write(A, BLOCK, 2);
    withReplacedDisk(pair);
    pair.connect(B, false);
    awaitStop(pair);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Refused.class);
    long before = pair.status(B).currentGeneration();
    assertThat(pair.promote(B, true))
        .isInstanceOfSatisfying(
            CommandResult.Done.class,
            done -> assertThat(done.note()).contains("Outdated", "given up"));
    assertThat(pair.status(B).currentGeneration()).isNotEqualTo(before);
    assertThat(pair.noted(B)).anySatisfy(told -> assertThat(told).startsWith("promoted-by-force"));
    pair.connect(B, false);
    pair.connect(A, false);
    pair.runUntilWhole().assertIdentical();
    assertThat(pair.read(B, BLOCK)).isEqualTo(1);
  }

  /// What the other node wrote is not lost without a word if its disk comes back after all.
  @Test
  void afterAForceTheOthersChangesAreASplitBrain() {
    var pair = MirrorPair.seeded(3);
    pair.disconnect(A);
    pair.write(A, BLOCK, 2);
    pair.kill(A);
    assertThat(pair.promote(B, true)).isInstanceOf(CommandResult.Done.class);
    pair.connect(B, false);
    pair.restart(A);
    awaitStop(pair);
    assertThat(pair.status(A).splitBrain()).isTrue();
    assertThat(pair.onDisk(A, BLOCK)).isEqualTo(2);
  }

  @Test
  void forceDoesNotMakeAnInconsistentNodePrimary() {
    var pair = MirrorPair.blank(4, 26 << 20, 26 << 20);
    pair.layOut(B, false).start(B);
    pair.runUntil("running", () -> pair.isRunning(B));
    assertThat(pair.promote(B, true)).isInstanceOf(CommandResult.Refused.class);
  }

  /// B was in sync when it last heard of A; whether A went on alone it cannot know.
  @Test
  void aNodeThatWasNotPrimaryLastFillsANewDiskButDoesNotResume() {
    var pair = MirrorPair.seeded(5);
    pair.kill(B);
    pair.write(A, BLOCK, 1);
    withReplacedDisk(pair);
    pair.restart(B).runUntil("filled", () -> pair.isRunning(B) && pair.inSync(A) && pair.inSync(B));
    pair.runFor(5_000_000_000L);
    for (int node : new int[] {A, B}) {
      assertThat(pair.status(node).role()).isEqualTo(Role.SECONDARY);
      assertThat(pair.reason(node)).contains("promote");
    }
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    pair.runFor(1_000_000_000L);
    assertThat(pair.reason(A)).isEmpty();
    assertThat(pair.reason(B)).isEmpty();
  }

  /// Found by the simulation, seeds 429 and 597: B was Primary last as far as it knew, but A had
  /// been promoted while it was down, and with A's disk went what hosts had written there. B served
  /// the older data by itself.
  @Test
  void theNodeThatWasPrimaryLastAsFarAsItKnowsFillsANewDiskButDoesNotResume() {
    var pair = filledByTheFormerPrimary(6);
    pair.runUntil("filled", () -> pair.inSync(A) && pair.inSync(B)).runFor(5_000_000_000L);
    assertNobodyServesUntilAPersonSaysSo(pair);
  }

  /// It was forgotten that nobody was to resume.
  @Test
  void aFillThatIsInterruptedMakesNobodyPrimaryEither() {
    for (int turns = 0; turns < 120; turns += 5) {
      var pair = filledByTheFormerPrimary(7).turns(turns).breakLink();
      pair.runUntil("filled", () -> pair.inSync(A) && pair.inSync(B)).runFor(5_000_000_000L);
      assertNobodyServesUntilAPersonSaysSo(pair);
    }
  }

  @Test
  void aRestartAfterTheFillMakesNobodyPrimaryEither() {
    for (int node : new int[] {A, B}) {
      var pair = filledByTheFormerPrimary(8);
      pair.runUntil("filled", () -> pair.inSync(A) && pair.inSync(B)).runFor(1_000_000_000L);
      pair.kill(node).kill(1 - node).restart(A).restart(B);
      pair.runUntil("met", () -> pair.isRunning(A) && pair.isRunning(B) && pair.inSync(A));
      pair.runFor(5_000_000_000L);
      assertNobodyServesUntilAPersonSaysSo(pair);
    }
  }

  /// A filled the disk as Primary: so the other cannot have served since, and A resumes.
  @Test
  void aPrimaryThatFillsANewDiskResumesAfterItsRestart() {
    var pair = MirrorPair.seeded(9);
    pair.write(A, BLOCK, 1);
    pair.kill(B).replaceDisk(B).start(B);
    pair.runUntil(
        "being filled",
        () -> pair.isRunning(B) && pair.status(B).diskState() == DiskState.INCONSISTENT);
    pair.runUntil("met", () -> pair.status(B).connectionState() == ConnectionState.SYNC_TARGET);
    pair.kill(A).restart(A).runUntilWhole();
    assertThat(pair.read(A, BLOCK)).isEqualTo(1);
  }

  /// B was Primary; A was promoted while B was down, and then lost its disk.
  private static MirrorPair filledByTheFormerPrimary(long seed) {
    var pair = MirrorPair.seeded(seed);
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    pair.write(B, BLOCK, 1);
    pair.kill(B);
    pair.runUntil("seen", () -> pair.status(A).connectionState() == ConnectionState.CONNECTING);
    assertThat(pair.promote(A)).isInstanceOf(CommandResult.Done.class);
    pair.write(A, BLOCK, 2);
    withReplacedDisk(pair);
    pair.restart(B);
    return pair.runUntil(
        "met", () -> pair.isRunning(B) && pair.status(B).connectionState() == SOURCE);
  }

  private static void assertNobodyServesUntilAPersonSaysSo(MirrorPair pair) {
    for (int node : new int[] {A, B}) {
      assertThat(pair.status(node).role()).isEqualTo(Role.SECONDARY);
      assertThat(pair.reason(node)).contains("nobody is Primary", "promote");
    }
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.read(B, BLOCK)).isEqualTo(1);
  }

  /// The switch was agreed to while the bitmaps were on their way; then the resync made the disk
  /// Inconsistent, and the promotion made it UpToDate again in the middle of it.
  @Test
  void aNodeThatIsAboutToBeFilledIsNotMadePrimaryInTheMiddle() {
    for (int turns = 0; turns < 30; turns++) {
      var pair = MirrorPair.seeded(40).kill(B);
      for (int block = 2100; block < 5800; block += 40) {
        assertThat(pair.write(A, block, 7).isOk()).isTrue();
      }
      assertThat(pair.demote(A)).isInstanceOf(CommandResult.Done.class);
      pair.runFor(11_000_000_000L).restart(B);
      pair.runUntil(
              "about to meet", () -> pair.isRunning(B) && pair.status(B).peer().name().isPresent())
          .turns(turns);
      pair.slowDisk(A, 5_000_000L);
      var answer = pair.promoting(B);
      pair.runUntil("answered", answer::isDone);
      if (answer.join() instanceof CommandResult.Done) {
        for (int block = 2100; block < 5800; block += 40) {
          assertThat(pair.read(B, block)).as("turn %d, block %d", turns, block).isEqualTo(7);
        }
      }
      assertThat(pair.status(A).role() == Role.PRIMARY && pair.status(B).role() == Role.PRIMARY)
          .isFalse();
    }
  }
}
