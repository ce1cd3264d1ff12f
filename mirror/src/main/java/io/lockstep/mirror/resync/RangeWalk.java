package io.lockstep.mirror.resync;

import io.lockstep.block.BlockRange;
import io.lockstep.mirror.meta.Bitmap;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Goes over the blocks that the bitmap marks, from the first to the last, in ranges of limited
/// length. It remembers only how far it has come: a block that is marked behind it is met by the
/// next pass, and one that is cleared ahead of it is not met. Belongs to the mirror's loop.
final class RangeWalk {
  /// What is passed over though it is marked.
  interface Obstacles {
    /// How many blocks from `firstBlock` on, at most `blockCount`, come before the first of them.
    int runBefore(long firstBlock, int blockCount);
  }

  private final Supplier<Bitmap> bitmaps;
  private final LongSupplier sizeBytes;
  private final Obstacles obstacles;
  private long cursorBlock;

  /// @param bitmaps the present bitmap: a disk that is laid out anew has another one
  /// @param sizeBytes how large the replicated space is
  RangeWalk(Supplier<Bitmap> bitmaps, LongSupplier sizeBytes, Obstacles obstacles) {
    this.bitmaps = bitmaps;
    this.sizeBytes = sizeBytes;
    this.obstacles = obstacles;
  }

  /// Begins a pass.
  void restart() {
    cursorBlock = 0;
  }

  /// With which block the next range of the pass begins; -1 at its end.
  long nextBlock() {
    Bitmap bitmap = bitmaps.get();
    long block = bitmap.nextSetBlock(cursorBlock);
    while (block >= 0 && obstacles.runBefore(block, 1) == 0) {
      block = bitmap.nextSetBlock(block + 1);
    }
    return block;
  }

  /// The next range of the pass, at most `blocksMax` long; empty at its end.
  Optional<BlockRange> next(int blocksMax) {
    long block = nextBlock();
    if (block < 0) {
      return Optional.empty();
    }
    int count = obstacles.runBefore(block, bitmaps.get().runLength(block, blocksMax));
    cursorBlock = block + count;
    return Optional.of(range(block, count));
  }

  /// The bytes of these blocks; the last block of the space may be short.
  BlockRange range(long firstBlock, int blockCount) {
    long offset = firstBlock * Bitmap.BLOCK_BYTES;
    long length = (long) blockCount * Bitmap.BLOCK_BYTES;
    return new BlockRange(offset, Math.min(length, sizeBytes.getAsLong() - offset));
  }
}
