package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A bitmap page was read from the disk's cache, where a killed process had left it; it was not
/// written again, the log that said the same was emptied, and then the page was lost (found by the
/// simulation: blocks differed and nobody knew).
@Tag("run-book")
class AttachFlushTest {
  private static final int BLOCK = 3000;

  @Test
  void whatAnEarlierLifeLeftInTheCacheIsMadeStableBeforeItIsReliedUpon() {
    var pair = MirrorPair.seeded(1);
    pair.write(A, BLOCK, 1);
    pair.flush(A);
    pair.runFor(2_000_000_000L).kill(B);
    long before = pair.flushes(B);
    pair.restart(B).runUntil("attached", () -> pair.isRunning(B));
    assertThat(pair.flushes(B))
        .as("one before anything is read, one behind each superblock that is written again")
        .isEqualTo(before + 3);
  }
}
