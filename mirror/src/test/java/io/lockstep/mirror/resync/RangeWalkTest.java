package io.lockstep.mirror.resync;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockRange;
import io.lockstep.mirror.meta.Bitmap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class RangeWalkTest {
  private static final int BLOCK = Bitmap.BLOCK_BYTES;
  private static final long SIZE = 100L * BLOCK - 512;

  private final Bitmap bitmap = new Bitmap(SIZE);
  private final UnreadableBlocks unreadable = new UnreadableBlocks();
  private final RangeWalk walk = new RangeWalk(() -> bitmap, () -> SIZE, unreadable);

  @Test
  void marksThatFollowEachOtherAreOneRangeUpToTheLimit() {
    mark(3, 10);
    mark(20, 1);
    assertThat(walk.next(8)).contains(blocks(3, 8));
    assertThat(walk.next(8)).contains(blocks(11, 2));
    assertThat(walk.next(8)).contains(blocks(20, 1));
    assertThat(walk.next(8)).isEmpty();
  }

  @Test
  void theLastBlockOfTheSpaceIsShort() {
    bitmap.markAll();
    for (int range = 0; range < 24; range++) {
      assertThat(walk.next(4)).contains(blocks(range * 4L, 4));
    }
    assertThat(walk.next(4)).contains(new BlockRange(96L * BLOCK, 4 * BLOCK - 512));
    assertThat(walk.next(4)).isEmpty();
  }

  @Test
  void whatIsMarkedBehindItIsMetByTheNextPass() {
    mark(50, 1);
    assertThat(walk.next(8)).contains(blocks(50, 1));
    mark(7, 1);
    mark(60, 1);
    assertThat(walk.next(8)).contains(blocks(60, 1));
    assertThat(walk.next(8)).isEmpty();
    walk.restart();
    assertThat(walk.next(8)).contains(blocks(7, 1));
  }

  @Test
  void whatIsClearedAheadOfItIsNotMet() {
    mark(10, 2);
    mark(30, 1);
    assertThat(walk.next(1)).contains(blocks(10, 1));
    bitmap.markClean(11L * BLOCK, BLOCK);
    assertThat(walk.next(1)).contains(blocks(30, 1));
  }

  @Test
  void aKnownBlockIsPassedOverAndEndsTheRangeBeforeIt() {
    mark(0, 6);
    unreadable.found(0);
    unreadable.found(3);
    assertThat(walk.next(8)).contains(blocks(1, 2));
    assertThat(walk.next(8)).contains(blocks(4, 2));
    assertThat(walk.next(8)).isEmpty();
  }

  private void mark(long first, int count) {
    bitmap.markDirty(first * BLOCK, (long) count * BLOCK);
  }

  private static BlockRange blocks(long first, int count) {
    return new BlockRange(first * BLOCK, (long) count * BLOCK);
  }
}
