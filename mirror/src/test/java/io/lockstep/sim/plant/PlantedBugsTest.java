package io.lockstep.sim.plant;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.command.Simulate;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// The plants of the tree: each still fits the source, and each is found.
class PlantedBugsTest {
  private static final int PLANTS_MIN = 10;

  private final Plants plants = Plants.ofThisTree();

  @Test
  void everyPlantFitsTheSourceOfToday() {
    List<Plant> all = plants.all();
    assertThat(all).as("plants").hasSizeGreaterThanOrEqualTo(PLANTS_MIN);
    for (Plant plant : all) {
      assertThat(plant.apply(file -> plants.source(plant, file))).as(plant.name()).isNotEmpty();
    }
  }

  /// A second for three of them, so only the long run does it; the sample compiles its own.
  @Test
  @EnabledIfSystemProperty(named = "lockstep.long", matches = "true")
  void everyPlantCompiles() throws IOException {
    var trial = new PlantTrial(plants, Simulate.class.getName(), 1);
    for (Plant plant : plants.all()) {
      trial.compile(plant);
    }
  }
}
