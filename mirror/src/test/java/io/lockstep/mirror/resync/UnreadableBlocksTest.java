package io.lockstep.mirror.resync;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How many blocks that cannot be read are remembered.
@Tag("unit")
class UnreadableBlocksTest {
  @Test
  void soManyAreRememberedAndThenTheResyncPauses() {
    var blocks = new UnreadableBlocks();
    for (long block = 0; block < UnreadableBlocks.BLOCKS_MAX; block++) {
      assertThat(blocks.isFull()).isFalse();
      blocks.found(block * 100_000);
    }
    assertThat(blocks.isFull()).isTrue();
    assertThat(blocks.count()).isEqualTo(UnreadableBlocks.BLOCKS_MAX);
  }
}
