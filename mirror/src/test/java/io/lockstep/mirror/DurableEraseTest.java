package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Durability;
import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Discards and write-zeroes that are asked for durably.
@Tag("run-book")
class DurableEraseTest {
  private static final int BLOCK = 3000;

  /// The discard was in the caches only, on both disks.
  @Test
  void aDurableDiscardIsStableOnBothDisks() {
    var pair = written(80);
    assertThat(pair.discard(A, BLOCK, Durability.FUA).isOk()).isTrue();
    assertThat(pair.stableOnDisk(A, BLOCK)).isZero();
    assertThat(pair.stableOnDisk(B, BLOCK)).isZero();
  }

  @Test
  void durableZeroesAreStableOnBothDisks() {
    var pair = written(81);
    assertThat(pair.writeZeroes(A, BLOCK, Durability.FUA).isOk()).isTrue();
    assertThat(pair.stableOnDisk(A, BLOCK)).isZero();
    assertThat(pair.stableOnDisk(B, BLOCK)).isZero();
  }

  private static MirrorPair written(long seed) {
    var pair = MirrorPair.seeded(seed);
    pair.write(A, BLOCK, 1);
    pair.flush(A);
    assertThat(pair.stableOnDisk(B, BLOCK)).isEqualTo(1);
    return pair;
  }
}
