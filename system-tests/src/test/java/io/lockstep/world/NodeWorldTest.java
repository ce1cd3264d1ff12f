package io.lockstep.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.Met;
import java.time.Instant;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Seeded histories of two nodes with all that they serve: a fixed sample, and seeds that nobody
/// has tried. One seed is replayed with `-Dlockstep.seed=N`, and prints what happens in it;
/// `-Dlockstep.worldSeeds=N` sets how many are tried, `-Dlockstep.long=true` tries many.
@Tag("simulation")
class NodeWorldTest {
  private static final int SEEDS_LONG = 20_000;
  private static final int SEEDS =
      Integer.getInteger(
          "lockstep.worldSeeds", Boolean.getBoolean("lockstep.long") ? SEEDS_LONG : 60);
  private static final Long ONE_SEED = Long.getLong("lockstep.seed");

  @Test
  void everyHistoryKeepsWhatWasPromised() {
    if (ONE_SEED != null) {
      new NodeHistory(ONE_SEED, new Met(), true).live();
      return;
    }
    var met = new Met();
    long fresh = Instant.now().getEpochSecond() * 1_000_000;
    System.out.printf("seeds 1 to %d, and fresh ones from %d%n", SEEDS, fresh);
    // Histories share nothing; each is one thread of its own.
    LongStream.concat(LongStream.rangeClosed(1, SEEDS), LongStream.range(fresh, fresh + SEEDS / 12))
        .parallel()
        .forEach(seed -> live(seed, met));
    System.out.print(met.table());
    assertThat(met.never()).as("what no history has met").isEmpty();
  }

  private static void live(long seed, Met all) {
    var met = new Met();
    try {
      new NodeHistory(seed, met, false).live();
    } catch (AssertionError | RuntimeException broken) {
      throw new AssertionError(
          "seed %d: %s; again: ./check NodeWorldTest -Dlockstep.seed=%d"
              .formatted(seed, broken.getMessage(), seed),
          broken);
    }
    synchronized (all) {
      all.add(met);
    }
  }
}
