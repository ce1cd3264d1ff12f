package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.IoResult;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A disk fails under load: everything that was submitted is answered, once, and no write well that
/// only the failed disk has.
@Tag("run-book")
class FailedDiskAnswersTest {
  private static final int BLOCK = 3000;
  private static final long DISK = 26L << 20;
  private static final long SECOND = 1_000_000_000L;

  /// The flush had waited for ever for the peer's answer over a link that was gone.
  @Test
  void aFlushIsAnsweredWhenTheLocalDiskFailsWhileThePeersAnswerIsAwaited() {
    var pair = MirrorPair.seeded(60);
    pair.write(A, BLOCK, 1);
    pair.stickDisk(B, Operation.FLUSH);
    var flushed = pair.flushing(A);
    pair.runFor(SECOND / 10).failDisk(A, Operation.WRITE, 0, DISK);
    var written = pair.writing(A, BLOCK, 2);
    pair.runUntil("answered", () -> flushed.isDone() && written.isDone());
    assertThat(flushed.join().isOk()).isFalse();
    assertThat(written.join().isOk()).isFalse();
    assertThat(pair.status(A).diskState()).isEqualTo(DiskState.FAILED);
  }

  /// Nothing is recorded on it any more, so nothing of it is waited for.
  @Test
  void aNodeWhoseDiskHasFailedAndStandsStillMeetsAgain() {
    var pair = MirrorPair.seeded(62).failDisk(B, Operation.WRITE, 0, DISK);
    pair.write(A, BLOCK, 1);
    pair.runUntil("failed", () -> pair.status(B).diskState() == DiskState.FAILED);
    pair.runFor(SECOND).stickDisk(B);
    pair.demote(A);
    pair.runFor(SECOND).breakLink();
    pair.runFor(SECOND / 10)
        .runUntil("met again", () -> pair.status(A).connectionState() == ConnectionState.CONNECTED);
  }

  @Test
  void writesFailUnderLoad() {
    failUnderLoad(Operation.WRITE);
  }

  @Test
  void flushesFailUnderLoad() {
    failUnderLoad(Operation.FLUSH);
  }

  @Test
  void readsFailUnderLoad() {
    failUnderLoad(Operation.READ);
  }

  private static void failUnderLoad(Operation operation) {
    for (int turns = 0; turns < 240; turns += 37) {
      for (int failing : new int[] {A, B}) {
        var pair = MirrorPair.seeded(61);
        var load = new Load(pair);
        load.submit(40);
        pair.turns(turns).failDisk(failing, operation, 0, DISK);
        load.submit(10);
        pair.runUntil("all answered", load::isAnswered);
        load.assertTrue(failing);
      }
    }
  }

  @Test
  void aDiskFailsDuringAResync() {
    for (int turns = 0; turns < 400; turns += 67) {
      for (int failing : new int[] {A, B}) {
        var pair = MirrorPair.seeded(66);
        pair.cutLink();
        for (int block = 0; block < 5; block++) {
          pair.write(A, block * 1000, 100);
        }
        pair.healLink();
        var load = new Load(pair);
        load.submit(20);
        pair.turns(turns).failDisk(failing, Operation.WRITE, 0, DISK);
        pair.failDisk(failing, Operation.READ, 0, DISK);
        load.submit(10);
        pair.runUntil("all answered", load::isAnswered);
        load.assertTrue(failing);
      }
    }
  }

  /// What the disk still has keeps its buffer until the disk gives it back; the rest does not wait
  /// for that.
  @Test
  void whatAStuckDiskHasNotGotIsAnsweredWhenItFails() {
    var pair = MirrorPair.seeded(62);
    pair.write(A, BLOCK, 1);
    pair.stickDisk(A, Operation.WRITE);
    var first = pair.writing(A, BLOCK, 2);
    var behind = pair.writing(A, BLOCK, 3);
    var cold = pair.writing(A, BLOCK + 1024, 3);
    pair.failDisk(A, Operation.FLUSH, 0, DISK);
    var flushed = pair.flushing(A);
    pair.runUntil("answered", () -> behind.isDone() && cold.isDone() && flushed.isDone());
    assertThat(behind.join().isOk() || cold.join().isOk() || flushed.join().isOk()).isFalse();
    pair.runFor(SECOND);
    assertThat(first).isNotDone();
    pair.releaseDisk(A).runUntil("given back", first::isDone);
    assertThat(first.join().isOk()).as("acknowledged by a disk that had failed").isFalse();
  }

  @Test
  void aStuckDiskThatFailsLeavesNothingUnanswered() {
    for (int turns = 0; turns < 240; turns += 29) {
      var pair = MirrorPair.seeded(63);
      var load = new Load(pair);
      load.submit(40);
      pair.turns(turns).stickDisk(A);
      load.submit(10);
      pair.runFor(SECOND / 10).failDisk(A, Operation.WRITE, 0, DISK);
      pair.failDisk(A, Operation.FLUSH, 0, DISK).releaseDisk(A);
      pair.runUntil("all answered", load::isAnswered);
      load.assertTrue(A);
    }
  }

  @Test
  void aDemotionEndsWhenTheDiskFails() {
    for (int turns = 0; turns < 60; turns += 9) {
      var pair = MirrorPair.seeded(64);
      pair.stickDisk(B, Operation.FLUSH);
      var load = new Load(pair);
      load.submit(12);
      var demoted = new CompletableFuture<CommandResult>();
      pair.demoting(A).thenAccept(demoted::complete);
      pair.turns(turns).failDisk(A, Operation.WRITE, 0, DISK).failDisk(A, Operation.FLUSH, 0, DISK);
      pair.runUntil("all answered", () -> load.isAnswered() && demoted.isDone());
    }
  }

  @Test
  void anOrderlyEndEndsWhenTheDiskFails() {
    for (int turns = 0; turns < 60; turns += 9) {
      var pair = MirrorPair.seeded(65);
      pair.stickDisk(B, Operation.FLUSH);
      var load = new Load(pair);
      load.submit(12);
      pair.ending(A);
      pair.turns(turns).failDisk(A, Operation.WRITE, 0, DISK).failDisk(A, Operation.FLUSH, 0, DISK);
      pair.runUntil("all answered", () -> load.isAnswered() && pair.hasEnded(A));
    }
  }

  /// Writes of few blocks, so that some wait for others, in more extents than the log has slots;
  /// and flushes.
  private static final class Load {
    private final MirrorPair pair;
    private final List<CompletableFuture<?>> open = new ArrayList<>();
    private final List<Written> writes = new ArrayList<>();
    private int value;

    private record Written(int block, int value, CompletableFuture<IoResult> answer) {}

    Load(MirrorPair pair) {
      this.pair = pair;
    }

    void submit(int count) {
      for (int number = 0; number < count; number++) {
        if (number % 10 == 9) {
          open.add(pair.flushing(A));
          continue;
        }
        int block = number % 5 * 1000 + number % 2;
        if (number % 10 == 7) {
          open.add(pair.reading(A, block));
          continue;
        }
        var answer = pair.writing(A, block, ++value);
        open.add(answer);
        writes.add(new Written(block, value, answer));
      }
    }

    boolean isAnswered() {
      return open.stream().allMatch(CompletableFuture::isDone);
    }

    /// No write was acknowledged that is not on a disk which has not failed.
    void assertTrue(int failed) {
      int good = 1 - failed;
      for (Written write : writes) {
        boolean overwritten =
            writes.stream()
                .anyMatch(later -> later.block == write.block && later.value > write.value);
        if (!overwritten && write.answer.join().isOk()) {
          assertThat(pair.onDisk(good, write.block)).isEqualTo(write.value);
        }
      }
    }
  }
}
