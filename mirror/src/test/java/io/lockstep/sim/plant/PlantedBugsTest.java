package io.lockstep.sim.plant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

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
}
