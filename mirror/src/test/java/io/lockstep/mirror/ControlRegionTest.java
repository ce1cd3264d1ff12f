package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Both nodes have a control region of one size: that of the mirror, whatever a disk of this size
/// would get by itself.
@Tag("run-book")
class ControlRegionTest {
  private static final int MIB = 1 << 20;

  @Test
  void aJoiningDiskTakesOverTheSizeOfTheControlRegion() {
    var pair = MirrorPair.blank(1, 64 * MIB, 1100 * MIB).layOut(A, true).layOut(B, false);
    pair.start(B).runUntil("opened", () -> pair.isRunning(B));
    assertThat(pair.status(B).controlBytes()).as("laid out for itself").isEqualTo(64 * MIB);
    pair.start(A).runUntilWhole();
    assertThat(pair.status(A).controlBytes()).isEqualTo(8 * MIB);
    assertThat(pair.status(B).controlBytes()).isEqualTo(8 * MIB);
    assertThat(pair.status(B).replicatedBytes()).isEqualTo(pair.status(A).replicatedBytes());
    pair.end(B).restart(B).runUntil("opened", () -> pair.isRunning(B));
    assertThat(pair.status(B).controlBytes()).as("durably").isEqualTo(8 * MIB);
  }

  @Test
  void aLargeMirrorHasALargeOne() {
    var pair = MirrorPair.blank(1, 1100 * MIB, 64 * MIB).layOut(A, true);
    pair.start(A).runUntil("opened", () -> pair.isRunning(A));
    assertThat(pair.status(A).controlBytes()).isEqualTo(64 * MIB);
  }
}
