package io.lockstep.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.Met;
import io.lockstep.sim.SimHistory;
import io.lockstep.sim.SimLauncher;
import io.lockstep.sim.Trace;
import java.time.Instant;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Seeded histories of a whole pair: a fixed sample, and seeds that nobody has tried. One seed is
/// replayed with `-Dlockstep.seed=N`; `-Dlockstep.seeds=N` sets how many are tried.
@Tag("simulation")
class MirrorSimulationTest {
  private static final long FIRST_SEED = Long.getLong("lockstep.firstSeed", 1);
  private static final int SEEDS = Integer.getInteger("lockstep.seeds", 1000);
  private static final Long ONE_SEED = Long.getLong("lockstep.seed");

  @Test
  void everyHistoryKeepsTheInvariants() {
    if (ONE_SEED != null) {
      SimLauncher.live(ONE_SEED);
      return;
    }
    var met = new Met();
    long fresh = Instant.now().getEpochSecond() * 1_000_000;
    System.out.printf(
        "seeds %d to %d, and fresh ones from %d%n", FIRST_SEED, FIRST_SEED + SEEDS - 1, fresh);
    // Histories share nothing; each is one thread of its own.
    long writes =
        LongStream.concat(
                LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS),
                LongStream.range(fresh, fresh + SEEDS / 16))
            .parallel()
            .map(seed -> live(seed, met))
            .sum();
    System.out.print(met.table());
    assertThat(writes).as("acknowledged writes in %d histories", SEEDS).isGreaterThan(SEEDS * 50L);
    assertThat(met.never()).as("what no history has met").isEmpty();
  }

  private static long live(long seed, Met all) {
    var met = new Met();
    long writes = SimLauncher.live(seed, met, Trace.OFF);
    synchronized (all) {
      all.add(met);
    }
    return writes;
  }

  @Test
  void disksThatLieAboutFlushesAreFoundOut() {
    long found = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + 20; seed++) {
      var history = new SimHistory(seed, new Met(), Trace.OFF);
      history.lieAboutFlushes();
      try {
        history.live();
      } catch (AssertionError noticed) {
        found++;
      }
    }
    assertThat(found).as("histories with lying disks that broke an invariant").isGreaterThan(10);
  }
}
