package io.lockstep.sim.plant;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.command.PlantRun;
import io.lockstep.sim.command.Simulate;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The plants of the tree: each still fits the source, and each is found within its number of
/// histories. A run tries a sample that changes from day to day; `-Dlockstep.long=true` tries all.
@Tag("simulation")
class PlantedBugsTest {
  private static final int PLANTS_MIN = 40;

  /// A sample is over in less than a minute on two cores: so many plants, and so many histories if
  /// none of them were found; they are found in a fifth of that.
  private static final int SAMPLE = 8;

  private static final int SAMPLE_SEEDS = 1500;

  private static final boolean ALL = Boolean.getBoolean("lockstep.long");

  private final Plants plants = Plants.ofThisTree(Plants.OF_MIRROR);

  @Test
  void everyPlantFitsTheSourceOfToday() {
    for (Plant plant : plants.all()) {
      assertThat(plant.apply(file -> plants.source(plant, file))).as(plant.name()).isNotEmpty();
    }
  }

  @Test
  void thePlantsOfTheDayAreFound() throws InterruptedException {
    List<Plant> found = plants.all().stream().filter(Plant::isFound).toList();
    assertThat(found).as("plants that must be found").hasSizeGreaterThanOrEqualTo(PLANTS_MIN);
    String day = System.getProperty("lockstep.day", LocalDate.now(ZoneOffset.UTC).toString());
    List<Plant> wanted = ALL ? found : sample(found, LocalDate.parse(day));
    System.out.printf(
        "%d of %d planted bugs, %d that nothing finds yet left out%s%n",
        wanted.size(),
        found.size(),
        plants.all().size() - found.size(),
        ALL ? "" : "; the same again: -Dlockstep.day=" + day);
    PlantRun.Outcome outcome =
        new PlantRun(plants, Simulate::history, System.out)
            .run(wanted, 1, 0, Runtime.getRuntime().availableProcessors());
    assertThat(outcome.tried()).isEqualTo(wanted.size());
    assertThat(outcome.faults()).isEmpty();
  }

  private static List<Plant> sample(List<Plant> found, LocalDate day) {
    List<Plant> all = new ArrayList<>(found);
    Collections.shuffle(all, new Random(day.toEpochDay()));
    var sample = new ArrayList<Plant>();
    int seeds = 0;
    for (Plant plant : all) {
      if (sample.size() < SAMPLE && seeds + plant.seeds() <= SAMPLE_SEEDS) {
        sample.add(plant);
        seeds += plant.seeds();
      }
    }
    return sample;
  }
}
