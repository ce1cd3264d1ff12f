package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Durability;
import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Holes of the source's disk in a resync. The race with writes is the simulation's.
@Tag("run-book")
class ResyncHolesTest {
  private static final int BLOCK = 3000;
  private static final int COUNT = 200;

  /// What a host or a job gave back while the other node was away comes to it as the length of a
  /// range; what was written in the middle of that comes as it is.
  @Test
  void whatWasGivenBackWhileTheOtherNodeWasAwayReadsAsZeroesThereToo() {
    var pair = MirrorPair.seeded(90);
    for (int block = 0; block < COUNT; block++) {
      pair.write(A, BLOCK + block, 1);
    }
    pair.flush(A);
    pair.cutLink();
    for (int block = 0; block < COUNT; block++) {
      pair.discard(A, BLOCK + block, Durability.WRITE_BACK);
    }
    pair.write(A, BLOCK + COUNT / 2, 2);
    pair.healLink();
    pair.runUntil("in sync", () -> pair.inSync(A) && pair.inSync(B));

    assertThat(pair.onDisk(B, BLOCK)).isZero();
    assertThat(pair.onDisk(B, BLOCK + COUNT / 2)).isEqualTo(2);
    assertThat(pair.onDisk(B, BLOCK + COUNT - 1)).isZero();
    pair.assertIdentical();
  }
}
