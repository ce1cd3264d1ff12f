package io.lockstep.mirror;

import static io.lockstep.sim.MirrorPair.A;
import static io.lockstep.sim.MirrorPair.B;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.IoResult;
import io.lockstep.sim.MirrorPair;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A resync and a block that is written all the time.
@Tag("run-book")
class HotBlockResyncTest {
  private static final int BLOCK = 3000;

  /// Two writes of one block, one always waiting behind the other, kept its range from the resync
  /// for ever.
  @Test
  void aResyncPassesABlockThatIsAlwaysBeingWritten() {
    var pair = MirrorPair.seeded(31);
    pair.cutLink();
    pair.write(A, BLOCK, 1);
    pair.write(A, BLOCK + 100, 1);
    pair.healLink();
    var open = new ArrayDeque<CompletableFuture<IoResult>>();
    int written = 0;
    while (!(pair.inSync(A) && pair.inSync(B))) {
      if (open.size() < 3) {
        open.add(pair.writing(A, BLOCK, ++written % 100));
      }
      pair.turns(1);
      while (!open.isEmpty() && open.element().isDone()) {
        assertThat(open.remove().join().isOk()).isTrue();
      }
      assertThat(written).as("writes while the resync waited").isLessThan(5000);
    }
    pair.runUntil("all written", () -> open.stream().allMatch(CompletableFuture::isDone));
    pair.assertIdentical();
  }
}
