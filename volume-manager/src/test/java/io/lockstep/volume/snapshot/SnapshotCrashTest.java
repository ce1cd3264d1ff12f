package io.lockstep.volume.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// At every moment at which the power may go, a snapshot shows the moment at which it was taken,
/// and the origin its last writes: seeded histories of hosts, snapshots, rollbacks and power cuts.
@Tag("crash")
class SnapshotCrashTest {
  private static final int STEPS = 300;
  private static final int SEEDS = Integer.getInteger("lockstep.snapshot.seeds", 300);

  @Test
  void withEnoughRoomNothingIsEverLost() {
    var all = new SnapshotWorld.Counts();
    for (long seed = 0; seed < SEEDS; seed++) {
      SnapshotWorld.Counts counts = run(seed, 24, 3, 96);
      assertThat(counts.losses).as("lost snapshots, seed %d", seed).isZero();
      add(all, counts);
    }
    assertThat(all.snapshots).isGreaterThan(SEEDS);
    assertThat(all.powerCuts).isGreaterThan(SEEDS);
    assertThat(all.powerCutsInRollbacks).isPositive();
    assertThat(all.rollbacksEnded).isPositive();
    assertThat(all.deletions).isPositive();
    assertThat(all.reads).isGreaterThan(SEEDS);
  }

  @Test
  void aSnapshotWithoutRoomIsLostAndTheOriginNeverSuffers() {
    var all = new SnapshotWorld.Counts();
    for (long seed = 0; seed < SEEDS; seed++) {
      add(all, run(seed, 24, 3, 12));
    }
    assertThat(all.losses).isPositive();
    assertThat(all.refusedWrites).isPositive();
    assertThat(all.rollbacksEnded).isPositive();
  }

  /// 256 entries fill an area of the table.
  @Test
  void tablesOfSeveralAreasComeThroughPowerCuts() {
    var all = new SnapshotWorld.Counts();
    for (long seed = 0; seed < SEEDS / 20; seed++) {
      SnapshotWorld.Counts roomy = run(seed, 600, 2, 900);
      assertThat(roomy.losses).as("lost snapshots, seed %d", seed).isZero();
      add(all, roomy);
      add(all, run(seed, 600, 2, 259));
    }
    assertThat(all.tableAreas).isGreaterThan(2);
    assertThat(all.powerCutsInRollbacks).isPositive();
    assertThat(all.losses).isPositive();
  }

  private static SnapshotWorld.Counts run(
      long seed, int originChunks, int snapshotsMax, int storeChunks) {
    var world = new SnapshotWorld(seed, originChunks, snapshotsMax, storeChunks);
    try {
      for (int step = 0; step < STEPS; step++) {
        world.step();
      }
      world.end();
    } catch (RuntimeException | AssertionError failure) {
      throw new AssertionError("seed %d, store of %d chunks".formatted(seed, storeChunks), failure);
    }
    return world.counts;
  }

  private static void add(SnapshotWorld.Counts all, SnapshotWorld.Counts counts) {
    all.snapshots += counts.snapshots;
    all.losses += counts.losses;
    all.powerCuts += counts.powerCuts;
    all.reads += counts.reads;
    all.writes += counts.writes;
    all.refusedWrites += counts.refusedWrites;
    all.rollbacks += counts.rollbacks;
    all.rollbacksEnded += counts.rollbacksEnded;
    all.powerCutsInRollbacks += counts.powerCutsInRollbacks;
    all.deletions += counts.deletions;
    all.tableAreas = Math.max(all.tableAreas, counts.tableAreas);
  }
}
