package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.state.DiskState;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The owner of the disk closes it when the mirror has said that it has ended, whatever was left
/// undone. A disk that is touched afterwards dies in a `Check`, here as in the daemon.
@Tag("run-book")
class EndOnASickDiskTest {
  private static final int BLOCK = 3000;
  private static final long LIMIT_NANOS = 10_000_000_000L;
  private static final int TURNS_MAX = 60;

  /// A pair with writes of which neither disk is stable yet.
  private static MirrorPair busy(long seed) {
    var pair = MirrorPair.seeded(seed);
    for (int block = 0; block < 4; block++) {
      pair.write(A, BLOCK + block * 1024 % 2500, 1 + block);
    }
    return pair;
  }

  private static void startAgain(MirrorPair pair, int node) {
    pair.kill(node).healDisk(node).releaseDisk(node).runFor(LIMIT_NANOS + 1_000_000_000L);
    pair.restart(node).runUntil("running", () -> pair.isRunning(node));
  }

  /// Found by the simulation, seed 8058: the last note of the end failed, the end was told, the
  /// disk was closed, and then the failure was noted on it.
  @Test
  void nothingIsWrittenAfterTheEndWhenAnOperationOfTheEndFails() {
    for (Operation kind : new Operation[] {Operation.WRITE, Operation.FLUSH}) {
      for (int node : new int[] {A, B}) {
        for (int turns = 0; turns < TURNS_MAX; turns++) {
          var pair = busy(1).ending(node).turns(turns);
          pair.failDisk(node, kind, 0, Long.MAX_VALUE);
          pair.runUntil("ended", () -> pair.hasEnded(node)).runFor(LIMIT_NANOS);
          startAgain(pair, node);
          pair.runUntilWhole().assertIdentical();
        }
      }
    }
  }

  @Test
  void anEndWhoseLastNoteFailsSaysSo() {
    for (int turns = 0; turns < TURNS_MAX; turns++) {
      var pair = busy(2).ending(B).turns(turns);
      boolean early = !pair.hasEnded(B);
      pair.failDisk(B, Operation.FLUSH, 0, Long.MAX_VALUE);
      pair.runUntil("ended", () -> pair.hasEnded(B));
      boolean failed = pair.status(B).diskState() == DiskState.FAILED;
      boolean said = pair.noted(B).stream().anyMatch(told -> told.startsWith("not-ended-in-order"));
      assertThat(said).as("failed after %d turns, early %s", turns, early).isEqualTo(failed);
    }
  }

  /// What the disk gives back after the end is not gone on with.
  @Test
  void nothingIsBegunAfterTheEndWhenTheDiskStoodStill() {
    for (int node : new int[] {A, B}) {
      for (int turns = 0; turns < TURNS_MAX; turns += 2) {
        var pair = busy(3).ending(node).turns(turns).stickDisk(node);
        pair.runUntil("ended", () -> pair.hasEnded(node));
        pair.releaseDisk(node).runFor(LIMIT_NANOS);
        startAgain(pair, node);
        pair.runUntilWhole().assertIdentical();
      }
    }
  }

  @Test
  void nothingIsBegunAfterTheEndWhenTheDiskStoodStillAndThenFails() {
    for (int node : new int[] {A, B}) {
      for (int turns = 0; turns < TURNS_MAX; turns += 2) {
        var pair = busy(4).ending(node).turns(turns).stickDisk(node);
        pair.runUntil("ended", () -> pair.hasEnded(node));
        pair.failDisk(node, Operation.WRITE, 0, Long.MAX_VALUE);
        pair.failDisk(node, Operation.FLUSH, 0, Long.MAX_VALUE);
        pair.releaseDisk(node).runFor(LIMIT_NANOS);
        startAgain(pair, node);
        pair.runUntilWhole().assertIdentical();
      }
    }
  }

  /// Writes of hosts that wait for the log, for their range or for the disk are answered.
  @Test
  void hostsAreAnsweredAndNothingIsBegunWhenAPrimaryCannotStepDown() {
    for (int turns = 0; turns < TURNS_MAX; turns += 2) {
      var pair = busy(5).kill(B).stickDisk(A);
      CompletableFuture<?> write = pair.writing(A, BLOCK, 7);
      CompletableFuture<?> second = pair.writing(A, BLOCK, 8);
      CompletableFuture<?> flush = pair.flushing(A);
      pair.ending(A).turns(turns).runUntil("ended", () -> pair.hasEnded(A));
      CompletableFuture<?> late = pair.writing(A, BLOCK, 9);
      pair.releaseDisk(A).runFor(LIMIT_NANOS);
      assertThat(write).isDone();
      assertThat(second).isDone();
      assertThat(flush).isDone();
      assertThat(late).isDone();
      assertThat(pair.read(A, BLOCK)).as("nothing is served").isEqualTo(-1);
    }
  }

  @Test
  void aPrimaryThatEndedDoesNotServeAgainWhenItsDiskMovesAgain() {
    for (int turns = 0; turns < TURNS_MAX; turns += 2) {
      var pair = busy(6).ending(A).turns(turns).stickDisk(A);
      pair.runUntil("ended", () -> pair.hasEnded(A));
      boolean wasToldToLeave = !pair.isServing(A);
      pair.releaseDisk(A).runFor(2 * LIMIT_NANOS);
      assertThat(pair.isServing(A)).as("after %d turns", turns).isNotEqualTo(wasToldToLeave);
      assertThat(pair.read(A, BLOCK)).as("after %d turns", turns).isEqualTo(-1);
    }
  }

  /// A resync reads and writes on both disks when one of them ends.
  @Test
  void anEndInTheMiddleOfAResyncLeavesBothDisksAlone() {
    for (int node : new int[] {A, B}) {
      for (int turns = 0; turns < 4 * TURNS_MAX; turns += 7) {
        var pair = busy(7).kill(B);
        for (int block = 0; block < 40; block++) {
          pair.write(A, BLOCK + block, 1 + block);
        }
        pair.restart(B).runUntil("met", () -> pair.isRunning(B) && !pair.inSync(A));
        pair.turns(turns).ending(node).runUntil("ended", () -> pair.hasEnded(node));
        pair.runFor(LIMIT_NANOS);
        startAgain(pair, node);
        pair.runUntilWhole().assertIdentical();
      }
    }
  }
}
