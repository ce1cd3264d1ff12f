package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.sim.MirrorPair;
import io.lockstep.sim.SimDisk.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A generation of its own says that a disk holds all that the older one has: so what went before
/// is stable before it is.
@Tag("run-book")
class GenerationFlushTest {
  private static final int BLOCK = 3000;

  /// The new generation outlived a power cut and the writes before it did not; then that disk was
  /// copied over the one that had them all and had stayed up (seed 24032).
  @Test
  void aGenerationThatOutlivesAPowerCutDoesNotOutliveTheWritesBeforeIt() {
    for (int seed = 1; seed < 60; seed++) {
      var pair = MirrorPair.seeded(seed);
      assertThat(pair.write(A, BLOCK + 20, 6).isOk()).as("its extent is in the log").isTrue();
      pair.stickDisk(A, Operation.FLUSH);
      for (int block = 0; block < 8; block++) {
        assertThat(pair.write(A, BLOCK + block, 7).isOk()).isTrue();
      }
      pair.cutLink()
          .runUntil(
              "noticed", () -> pair.status(A).connectionState() == ConnectionState.CONNECTING);
      var alone = pair.writing(A, BLOCK + 20, 8);
      pair.runFor(1_000_000_000L).cutPower(A);
      assertThat(alone).as("without a flush it must wait").isNotDone();
      pair.releaseDisk(A).healLink().restart(A).runUntilWhole();
      int primary = pair.isServing(A) ? A : B;
      for (int block = 0; block < 8; block++) {
        assertThat(pair.read(primary, BLOCK + block)).as("seed %d", seed).isEqualTo(7);
      }
    }
  }
}
