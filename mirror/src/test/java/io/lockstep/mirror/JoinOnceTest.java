package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A larger disk that joins is laid out for the mirror's size, whatever the link does meanwhile.
@Tag("run-book")
class JoinOnceTest {
  /// A link that was lost and came back began a second layout beside the first.
  @Test
  void aJoiningDiskIsLaidOutOnceAtATimeThoughTheLinkFlaps() {
    var pair = MirrorPair.blank(1, 26 << 20, 34 << 20);
    pair.layOut(A, true).layOut(B, false).start(A).start(B);
    pair.runUntil("B is open", () -> pair.isRunning(B));
    pair.slowDisk(B, 2_000_000_000L);
    for (int flap = 0; flap < 12; flap++) {
      pair.runFor(1_000_000_000L).breakLink();
    }
    pair.healDisk(B).runUntilWhole().assertIdentical();
    assertThat(pair.status(B).replicatedBytes()).isEqualTo(pair.status(A).replicatedBytes());
  }
}
