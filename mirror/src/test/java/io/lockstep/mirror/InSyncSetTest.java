package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.state.DiskState;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// At the moment of an answer, every disk that is in the in-sync set has what was answered: a write
/// and what was read in its cache, what was flushed stably. In the set is a disk that says so after
/// a power cut, since such a disk can be promoted.
@Tag("run-book")
class InSyncSetTest {
  private static final int HISTORIES = Integer.getInteger("lockstep.histories", 12);
  private static final int BLOCKS = 6;
  private static final int VALUES_MAX = 120;
  private static final List<Operation> KINDS = List.of(Operation.values());

  @Test
  void everyDiskOfTheSetHasWhatIsAnswered() {
    for (int seed = 1; seed <= HISTORIES; seed++) {
      new History(seed).run();
    }
  }

  /// Found by the simulation, seed 1194: the Primary's disk stood still, the other node said that
  /// it had the write, and lost it with its power. Then the write was acknowledged, and both disks
  /// still named the same generation.
  @Test
  void aWriteThatThePeerHadAndMayHaveLostSinceIsAcknowledgedUnderANewGeneration() {
    var pair = MirrorPair.seeded(1);
    pair.write(A, 3000, 1);
    pair.stickDisk(A, Operation.WRITE);
    var write = pair.writing(A, 3000, 7);
    pair.runUntil("the other node has it", () -> pair.onDisk(B, 3000) == 7);
    pair.runFor(100_000_000L).cutPower(B).runFor(10_000_000_000L);
    assertThat(write).isNotDone();
    pair.releaseDisk(A).runUntil("acknowledged", write::isDone);
    assertThat(write.join().isOk()).isTrue();
    assertThat(pair.stableGeneration(A)).isNotEqualTo(pair.stableGeneration(B));
    pair.restart(B).runUntilWhole().assertIdentical();
    assertThat(pair.read(A, 3000)).isEqualTo(7);
  }

  private static final class History {
    private final int seed;
    private final MirrorPair pair;
    private final SplittableRandom random;
    private final int[] written = new int[BLOCKS];
    private final int[] acknowledged = new int[BLOCKS];
    private final boolean[] busy = new boolean[BLOCKS];
    private boolean linkIsCut;
    private int open;
    private int answers;
    private @Nullable Throwable found;

    History(int seed) {
      this.seed = seed;
      pair = MirrorPair.seeded(seed).runFor(1_000_000_000L);
      random = new SplittableRandom(seed);
    }

    void run() {
      for (int step = 0; step < 500; step++) {
        act(random.nextInt(100));
        pair.turns(random.nextInt(12));
        assertThat(found).isNull();
      }
      relieve();
      pair.runUntil("all answered", () -> open == 0).runUntilWhole().assertIdentical();
      assertThat(found).isNull();
      assertThat(answers).isGreaterThan(100);
    }

    private void act(int dice) {
      if (dice < 45) {
        write(random.nextInt(BLOCKS));
      } else if (dice < 70) {
        read(random.nextInt(BLOCKS));
      } else if (dice < 85) {
        flush();
      } else if (dice < 90) {
        pair.stickDisk(random.nextInt(2), KINDS.get(random.nextInt(3)));
      } else if (dice < 97) {
        pair.releaseDisk(random.nextInt(2));
      } else if (dice < 98) {
        pair.breakLink();
      } else if (linkIsCut) {
        relieve();
      } else {
        linkIsCut = true;
        pair.cutLink();
      }
    }

    private void relieve() {
      pair.releaseDisk(A).releaseDisk(B).healLink();
      linkIsCut = false;
    }

    private void write(int block) {
      if (busy[block] || written[block] == VALUES_MAX) {
        return;
      }
      busy[block] = true;
      int value = ++written[block];
      when(
          pair.writing(A, place(block), value),
          result -> {
            busy[block] = false;
            assertThat(result.isOk()).isTrue();
            acknowledged[block] = value;
            assertOnDisk("a write", block, value);
          });
    }

    private void read(int block) {
      int atLeast = acknowledged[block];
      when(
          pair.reading(A, place(block)),
          value -> {
            assertThat(value).isGreaterThanOrEqualTo(atLeast);
            assertOnDisk("what was read", block, value);
          });
    }

    private void flush() {
      int[] covered = acknowledged.clone();
      when(
          pair.flushing(A),
          result -> {
            assertThat(result.isOk()).isTrue();
            for (int block = 0; block < BLOCKS; block++) {
              assertStable(block, covered[block]);
            }
          });
    }

    /// Runs `check` at the moment of the answer, and keeps what it finds for [#run].
    private <T> void when(CompletableFuture<T> answer, Consumer<T> check) {
      open++;
      answer
          .thenAccept(
              value -> {
                open--;
                answers++;
                check.accept(value);
              })
          .exceptionally(
              thrown -> {
                found = thrown;
                return null;
              });
    }

    private void assertOnDisk(String what, int block, int value) {
      assertThat(pair.onDisk(A, place(block))).as(seed + ": " + what).isGreaterThanOrEqualTo(value);
      if (isInSet()) {
        assertThat(pair.onDisk(B, place(block)))
            .as(seed + ": " + what + " on B")
            .isGreaterThanOrEqualTo(value);
      }
    }

    private void assertStable(int block, int value) {
      assertThat(pair.stableOnDisk(A, place(block)))
          .as(seed + ": flushed")
          .isGreaterThanOrEqualTo(value);
      if (isInSet()) {
        assertThat(pair.stableOnDisk(B, place(block)))
            .as(seed + ": flushed on B")
            .isGreaterThanOrEqualTo(value);
      }
    }

    /// Whether B's disk could be promoted after a power cut, by what both disks say.
    private boolean isInSet() {
      return pair.stableGeneration(A) == pair.stableGeneration(B)
          && pair.stableDiskState(B) == DiskState.UP_TO_DATE;
    }

    /// Blocks in several extents, more than the log has slots.
    private static int place(int block) {
      return 100 + block * 900;
    }
  }
}
