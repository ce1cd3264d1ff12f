package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.link.CommandResult;
import io.lockstep.sim.MirrorPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A target of a resync whose bitmap is many pieces.
@Tag("run-book")
class ScatteredBitsTest {
  private static final int DISK_BYTES = 400 << 20;
  private static final int PIECES = 45;

  /// So far apart that each is a piece of its own on the wire.
  private static final int BLOCKS_APART = 2048;

  /// All pieces were put on the link in one turn, with memory for all of them; now a few at a time
  /// are, and the blocks of the last ones are copied too.
  @Test
  void everyPieceOfTheTargetsBitmapReachesTheSource() {
    var pair = MirrorPair.blank(21, DISK_BYTES, DISK_BYTES);
    pair.layOut(A, true).layOut(B, false).start(A).start(B).runUntilWhole();
    pair.cutLink();
    for (int piece = 0; piece < PIECES; piece++) {
      assertThat(pair.write(A, 2500 + piece * BLOCKS_APART, 7).isOk()).isTrue();
    }
    assertThat(pair.promote(B)).isInstanceOf(CommandResult.Done.class);
    assertThat(pair.write(B, 2400, 8).isOk()).isTrue();
    pair.healLink();
    pair.runUntil("a split", () -> pair.status(A).splitBrain() && pair.status(B).splitBrain());
    pair.demote(A);
    assertThat(pair.connect(A, true)).isInstanceOf(CommandResult.Done.class);
    pair.connect(B, false);
    pair.runUntilWhole().assertIdentical();
    assertThat(pair.status(B).difference().lastResyncBytesSent())
        .as("by bitmap")
        .isLessThan(DISK_BYTES / 2);
    for (int piece = 0; piece < PIECES; piece++) {
      assertThat(pair.onDisk(A, 2500 + piece * BLOCKS_APART)).as("piece %d", piece).isZero();
    }
  }
}
