package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A disk is given up for a copy of the other when the first block of that is here, and not before.
@Tag("run-book")
class ResyncBeginTest {
  private static final int BLOCK = 3000;

  /// B lacks a block of A's.
  private static MirrorPair stale(long seed) {
    var pair = MirrorPair.seeded(seed).cutLink();
    pair.write(A, BLOCK, 1);
    return pair;
  }

  /// Found by the simulation, seeds 58188 and 78883: the target noted that it was Inconsistent when
  /// it had decided so, and its report had not reached the source. The source's power failed, its
  /// disk was replaced, and no whole copy was left. Seed 2099761: the source had answered, and died
  /// before it sent a block.
  @Test
  void aTargetWhoseSourceHasSentNothingKeepsWhatItHas() {
    int unheard = 0;
    int heard = 0;
    for (long seed = 1; seed <= 6; seed++) {
      for (int turns = 1; turns < 120; turns++) {
        var pair = stale(seed);
        pair.healLink().turns(turns);
        ConnectionState source = pair.status(A).connectionState();
        if (pair.status(B).connectionState() != ConnectionState.WF_BITMAP_T
            || source == ConnectionState.SYNC_SOURCE) {
          continue;
        }
        unheard += source == ConnectionState.WF_BITMAP_S ? 0 : 1;
        heard += source == ConnectionState.WF_BITMAP_S ? 1 : 0;
        pair.stallLink().cutPower(A).runFor(1_000_000_000L);
        assertThat(pair.stableDiskState(B))
            .as("seed %d after %d turns", seed, turns)
            .isNotEqualTo(DiskState.INCONSISTENT);
        pair.runUntil(
            "noticed", () -> pair.status(B).connectionState() == ConnectionState.CONNECTING);
        assertThat(pair.promote(B, true)).isInstanceOf(CommandResult.Done.class);
      }
    }
    assertThat(unheard).isPositive();
    assertThat(heard).isPositive();
  }
}
