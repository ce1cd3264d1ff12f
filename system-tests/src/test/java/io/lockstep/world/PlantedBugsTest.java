package io.lockstep.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.History;
import io.lockstep.sim.Met;
import io.lockstep.sim.command.PlantRun;
import io.lockstep.sim.plant.Plant;
import io.lockstep.sim.plant.Plants;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The bugs that are planted into `node`: each still fits the source, and each is found within its
/// number of histories. A run tries a sample that changes from day to day; `-Dlockstep.long=true`
/// tries all.
@Tag("simulation")
class PlantedBugsTest {
  private static final int PLANTS_MIN = 8;
  private static final int SAMPLE = 2;
  private static final boolean ALL = Boolean.getBoolean("lockstep.long");

  private final Plants plants = Plants.ofThisTree("target-server/src/plants");

  @Test
  void everyPlantFitsTheSourceOfToday() {
    for (Plant plant : plants.all()) {
      assertThat(plant.apply(file -> plants.source(plant, file))).as(plant.name()).isNotEmpty();
    }
  }

  @Test
  void thePlantsOfTheDayAreFound() throws InterruptedException {
    List<Plant> all = new ArrayList<>(plants.all());
    assertThat(all).hasSizeGreaterThanOrEqualTo(PLANTS_MIN);
    String day = System.getProperty("lockstep.day", LocalDate.now(ZoneOffset.UTC).toString());
    Collections.shuffle(all, new Random(LocalDate.parse(day).toEpochDay()));
    List<Plant> wanted = ALL ? all : all.subList(0, SAMPLE);
    System.out.printf("%d of %d planted bugs; -Dlockstep.day=%s%n", wanted.size(), all.size(), day);
    PlantRun.Outcome outcome =
        new PlantRun(plants, WorldRun.class, _ -> healthy(), System.out)
            .run(wanted, 1, 0, Runtime.getRuntime().availableProcessors());
    assertThat(outcome.tried()).isEqualTo(wanted.size());
    assertThat(outcome.faults()).isEmpty();
  }

  private static History healthy() {
    return seed -> {
      var met = new Met();
      new NodeHistory(seed, met, false).live();
      return met.flat();
    };
  }
}
