package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.MirrorPair;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What is said of a resync while it goes on.
@Tag("run-book")
class ResyncProgressTest {
  private static final int BLOCK = 3000;
  private static final long BLOCK_BYTES = 4096;

  /// The source has the marks of both, and the target its own ones only.
  @Test
  void theTotalIsWhatEitherNodeHasMarkedAndNobodyGuessesIt() {
    var pair = MirrorPair.seeded(1);
    pair.cutLink();
    pair.promote(B);
    for (int block = 0; block < 30; block++) {
      pair.write(A, BLOCK + block, 1);
    }
    for (int block = 20; block < 60; block++) {
      pair.write(B, BLOCK + block, 2);
    }
    long ofA = pair.status(A).outOfSyncBytes();
    long ofB = pair.status(B).outOfSyncBytes();
    pair.healLink();
    pair.runUntil("stopped", () -> pair.status(A).splitBrain() && pair.status(B).splitBrain());
    pair.demote(A);
    pair.demote(B);
    pair.connect(B, true);
    pair.connect(A, false);

    pair.runUntil("the source knows", () -> resync(pair, A).isPresent());
    long total = resync(pair, A).orElseThrow().totalBytes().orElseThrow();
    assertThat(total).isGreaterThan(Math.max(ofA, ofB)).isEqualTo(ofA + ofB - 10 * BLOCK_BYTES);
    pair.runUntil(
        "all was cleared", () -> resync(pair, B).filter(it -> it.doneBytes() == total).isPresent());
    assertThat(resync(pair, B).orElseThrow().totalBytes()).isEmpty();
    assertThat(resync(pair, B).orElseThrow().secondsLeft()).isEqualTo(-1);
    pair.runUntil("in sync", () -> pair.inSync(A) && pair.inSync(B)).assertIdentical();
  }

  @Test
  void aTargetThatIsFilledWhollyKnowsTheTotal() {
    var pair = MirrorPair.seeded(2);
    pair.end(B).replaceDisk(B).restart(B);
    pair.runUntil("both know", () -> resync(pair, A).isPresent() && resync(pair, B).isPresent());
    assertThat(resync(pair, B).orElseThrow().totalBytes())
        .isEqualTo(resync(pair, A).orElseThrow().totalBytes())
        .hasValue(pair.status(A).replicatedBytes());
  }

  private static Optional<MirrorStatus.Resync> resync(MirrorPair pair, int node) {
    return pair.status(node).difference().resync();
  }
}
