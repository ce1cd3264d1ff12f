package io.lockstep.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.SimLauncher;
import io.lockstep.sim.SimWorld;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Seeded histories of a whole pair. One seed is replayed with `-Dlockstep.seed=N`;
/// `-Dlockstep.seeds=N` sets how many are tried.
class MirrorSimulationTest {
  private static final long FIRST_SEED = Long.getLong("lockstep.firstSeed", 1);
  private static final int SEEDS = Integer.getInteger("lockstep.seeds", 2000);
  private static final Long ONE_SEED = Long.getLong("lockstep.seed");

  @Test
  void everyHistoryKeepsTheInvariants() {
    if (ONE_SEED != null) {
      SimLauncher.live(ONE_SEED);
      return;
    }
    // Histories share nothing; each is one thread of its own.
    long writes =
        LongStream.range(FIRST_SEED, FIRST_SEED + SEEDS).parallel().map(SimLauncher::live).sum();
    assertThat(writes).as("acknowledged writes in %d histories", SEEDS).isGreaterThan(SEEDS * 50L);
  }

  @Test
  void disksThatLieAboutFlushesAreFoundOut() {
    long found = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + 20; seed++) {
      var world = new SimWorld(seed);
      world.lieAboutFlushes();
      try {
        world.run(SimLauncher.ROUNDS, SimLauncher.OPERATIONS);
      } catch (AssertionError noticed) {
        found++;
      }
    }
    assertThat(found).as("histories with lying disks that broke an invariant").isGreaterThan(10);
  }
}
