package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.state.DiskState;
import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A node that is Outdated since a disconnect, while nobody has gone on without it: it holds every
/// write that was acknowledged, and the other one may have lost some with its power.
@Tag("run-book")
class OutdatedNodeTest {
  private static final int BLOCK = 3000;
  private static final int SEEDS = 12;

  /// The block is full of 1, stably; then of 2, which is in the caches only.
  private static MirrorPair written(long seed) {
    var pair = MirrorPair.seeded(seed);
    pair.write(A, BLOCK, 1);
    pair.flush(A);
    pair.write(A, BLOCK, 2);
    return pair;
  }

  private static int read(MirrorPair pair) {
    return pair.read(pair.isServing(A) ? A : B, BLOCK);
  }

  /// Found by the simulation: it was passed over as the source, and what A had lost was copied over
  /// the only good copy.
  @Test
  void anOutdatedNodeThatStayedUpKeepsWhatTheOtherLostWithItsPower() {
    int lost = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      var pair = written(seed);
      pair.disconnecting(A, false);
      pair.runUntil("noted", () -> pair.status(B).diskState() == DiskState.OUTDATED);
      lost += pair.stableOnDisk(A, BLOCK) == 2 ? 0 : 1;
      pair.cutPower(A).restart(A).runUntilWhole();
      assertThat(read(pair)).as("seed %d", seed).isEqualTo(2);
      pair.assertIdentical();
    }
    assertThat(lost).as("the case was met").isPositive();
  }

  @Test
  void anOutdatedNodeThatEndedInOrderKeepsItToo() {
    for (long seed = 0; seed < SEEDS; seed++) {
      var pair = written(seed);
      pair.disconnect(A);
      pair.cutPower(A).end(B).restart(A).restart(B).runUntilWhole();
      assertThat(read(pair)).as("seed %d", seed).isEqualTo(2);
      pair.assertIdentical();
    }
  }

  /// Both have lost something: the one of which no other node can be ahead is the source.
  @Test
  void anOutdatedNodeThatWasKilledIsNoSource() {
    for (long seed = 0; seed < SEEDS; seed++) {
      var pair = written(seed);
      pair.disconnect(A);
      pair.cutPower(B).kill(A).restart(A).restart(B).runUntilWhole();
      assertThat(read(pair)).as("seed %d", seed).isEqualTo(2);
      pair.assertIdentical();
    }
  }

  @Test
  void anOutdatedNodeThatStayedUpIsATargetWhenTheOtherWentOnAlone() {
    for (long seed = 0; seed < SEEDS; seed++) {
      var pair = written(seed);
      pair.disconnect(A);
      assertThat(pair.write(A, BLOCK, 3).isOk()).isTrue();
      assertThat(pair.flush(A).isOk()).isTrue();
      pair.cutPower(A).restart(A);
      pair.connect(B, false);
      pair.runUntilWhole();
      assertThat(read(pair)).as("seed %d", seed).isEqualTo(3);
      pair.assertIdentical();
    }
  }
}
