package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a flush promises (I13), and what must be durable before it promises it without the peer
/// (I4).
@Tag("run-book")
class FlushPromiseTest {
  private static final int BLOCK = 3000;
  private static final long SECOND = 1_000_000_000L;

  @Test
  void aFlushIsStableOnBothDisks() {
    var pair = MirrorPair.seeded(40);
    for (int value = 1; value < 20; value++) {
      pair.write(A, BLOCK, value);
      assertThat(pair.flush(A).isOk()).isTrue();
      assertThat(pair.stableOnDisk(A, BLOCK)).isEqualTo(value);
      assertThat(pair.stableOnDisk(B, BLOCK)).isEqualTo(value);
    }
  }

  /// The second flush had closed its epoch alone, and that had counted as the peer's answer to the
  /// first one.
  @Test
  void anEpochThatWasClosedAloneSaysNothingAboutThePeer() {
    var pair = MirrorPair.seeded(41).runFor(SECOND);
    pair.write(A, BLOCK, 1);
    pair.stickDisk(A, SimDisk.Operation.FLUSH).stickDisk(B, SimDisk.Operation.FLUSH);
    var first = pair.flushing(A);
    pair.cutLink();
    var second = pair.flushing(A);
    pair.releaseDisk(A);
    pair.runUntil("a flush is answered", () -> first.isDone() || second.isDone());
    assertThat(pair.stableGeneration(A)).isNotEqualTo(pair.stableGeneration(B));
    pair.runUntil("both are answered", () -> first.isDone() && second.isDone());
    assertThat(first.join().isOk() && second.join().isOk()).isTrue();
  }

  /// The new link had moved "the peer has flushed" too.
  @Test
  void aNewLinkSaysNothingAboutWhatThePeerHasFlushed() {
    var pair = MirrorPair.seeded(42).runFor(SECOND);
    pair.write(A, BLOCK, 1);
    pair.stickDisk(A, SimDisk.Operation.FLUSH).stickDisk(B, SimDisk.Operation.FLUSH);
    var flushed = pair.flushing(A);
    var later = pair.writing(A, BLOCK, 2);
    pair.runUntil("written", later::isDone);
    pair.cutLink();
    pair.healLink();
    pair.runUntil(
        "met again", () -> pair.status(A).connectionState() == ConnectionState.WF_BITMAP_S);
    pair.releaseDisk(A);
    pair.runUntil("the flush is answered", flushed::isDone);
    assertThat(flushed.join().isOk()).isTrue();
    assertThat(pair.stableGeneration(A)).isNotEqualTo(pair.stableGeneration(B));
    pair.releaseDisk(B).runUntilWhole().assertIdentical();
    assertThat(pair.stableOnDisk(B, BLOCK)).isEqualTo(2);
  }

  /// The old Primary, back alone, could have taken the flushed write away from the new one.
  @Test
  void aFlushAfterATakeoverBeginsANewGenerationFirst() {
    var pair = MirrorPair.seeded(43);
    pair.write(A, BLOCK, 1);
    pair.cutPower(A);
    pair.runUntil("noticed", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
    pair.promote(B);
    assertThat(pair.flush(B).isOk()).isTrue();
    assertThat(pair.stableGeneration(B)).isNotEqualTo(pair.stableGeneration(A));
    assertThat(pair.stableOnDisk(B, BLOCK)).isEqualTo(1);
    pair.restart(A).runUntilWhole().assertIdentical();
    assertThat(pair.read(B, BLOCK)).isEqualTo(1);
  }

  /// With no bit set, too: this node cannot know what the other's disk has in its cache.
  @Test
  void aFlushWithoutThePeerBeginsANewGenerationAlsoWhenNothingIsOutOfSync() {
    var pair = MirrorPair.seeded(44);
    pair.write(A, BLOCK, 1);
    pair.runFor(SECOND).cutLink();
    assertThat(pair.status(A).outOfSyncBytes()).isZero();
    assertThat(pair.flush(A).isOk()).isTrue();
    assertThat(pair.stableGeneration(A)).isNotEqualTo(pair.stableGeneration(B));
  }

  @Test
  void aPrimaryThatStepsDownAloneAndPromisedNothingBeginsNoGeneration() {
    var pair = MirrorPair.seeded(45);
    pair.runFor(SECOND).cutLink();
    assertThat(pair.demote(A)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.stableGeneration(A)).isEqualTo(pair.stableGeneration(B));
  }

  @Test
  void aFlushThatOutlivesItsLinkIsAnsweredWhenTheNodesAreInSyncAgain() {
    for (int turns = 0; turns < 400; turns += 7) {
      var pair = MirrorPair.seeded(46);
      pair.write(A, BLOCK, 1);
      pair.runFor(SECOND).stickDisk(A, SimDisk.Operation.FLUSH);
      var flushed = pair.flushing(A);
      pair.cutLink().healLink().turns(turns).releaseDisk(A);
      pair.runUntil("the flush is answered", flushed::isDone);
      assertThat(flushed.join().isOk()).isTrue();
      pair.runUntilWhole().assertIdentical();
      assertThat(pair.stableGeneration(A)).isEqualTo(pair.stableGeneration(B));
    }
  }

  /// Seed 2033835: the nodes had met again and no bit was set here, but the peer had lost with its
  /// power what it had of the same generation, and had bits of its own.
  @Test
  void aFlushThatTheNodesMeetOverSaysThatThePeerLacksWhatItLostWithItsPower() {
    int apart = 0;
    for (int turns = 1; turns < 60; turns++) {
      var pair = MirrorPair.seeded(43).runFor(SECOND);
      pair.write(A, BLOCK, 1);
      pair.cutPower(A);
      pair.runUntil(
          "noticed", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
      pair.promote(B);
      pair.stickDisk(B, SimDisk.Operation.FLUSH);
      var flushed = pair.flushing(B);
      pair.restart(A).runUntil("started", () -> pair.isRunning(A)).turns(turns);
      pair.runUntil(
          "meeting", () -> pair.status(B).connectionState() == ConnectionState.WF_BITMAP_S);
      pair.releaseDisk(B).runUntil("the flush is answered", flushed::isDone);
      assertThat(flushed.join().isOk()).isTrue();
      if (pair.stableOnDisk(A, BLOCK) != 1) {
        apart++;
        boolean told =
            pair.stableDiskState(A) == DiskState.INCONSISTENT
                || pair.stableGeneration(A) != pair.stableGeneration(B);
        assertThat(told).as("A lacks it and says so, after %d turns", turns).isTrue();
      }
      pair.runUntilWhole();
      assertThat(pair.stableOnDisk(A, BLOCK)).isEqualTo(1);
    }
    assertThat(apart).isPositive();
  }
}
