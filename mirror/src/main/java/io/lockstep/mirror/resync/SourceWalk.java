package io.lockstep.mirror.resync;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BlockStatus;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.meta.Bitmap;
import java.util.Optional;

/// Which range of a resync comes next, and whether it is worth to ask first whether that is a hole:
/// then it may be long, since nobody has to read or send it.
///
/// What the disk says of the blocks ahead is a hint, and only chooses the length. Nobody keeps
/// writes out meanwhile, so the chunk asks again when its range is its own ([ResyncChunk]). Belongs
/// to the mirror's loop.
final class SourceWalk {
  /// So far ahead the disk is asked at once.
  private static final long LOOK_BYTES = 1L << 30;

  private final LocalCopy copy;
  private final UnreadableBlocks unreadable;
  private final RangeWalk walk;
  private final long chunkBytes;
  private final Runnable goOn;
  private final ZeroLength zeroes;

  /// The hint: these blocks are a hole, or not.
  private long firstBlock;

  private long endBlock;
  private boolean hole;

  /// Asked, and not told yet.
  private boolean asking;

  /// Which question; what was asked before the walk was left is not heard.
  private long question;

  /// What comes next.
  sealed interface Next {
    /// @param hole whether it may be one
    record Range(BlockRange range, boolean hole) implements Next {}

    /// The disk has not answered yet.
    record Later() implements Next {}

    /// Every block was visited.
    record End() implements Next {}
  }

  /// @param goOn runs when the disk has answered
  SourceWalk(LocalCopy copy, UnreadableBlocks unreadable, long chunkBytes, Runnable goOn) {
    this.copy = copy;
    this.unreadable = unreadable;
    this.walk = new RangeWalk(copy::bitmap, copy::replicatedBytes, unreadable);
    this.chunkBytes = chunkBytes;
    this.goOn = goOn;
    this.zeroes = new ZeroLength(chunkBytes);
  }

  /// Begins a pass.
  void restart() {
    walk.restart();
  }

  /// The resync has ended.
  void leave() {
    question++;
    asking = false;
    forget();
  }

  private void forget() {
    endBlock = firstBlock;
  }

  Next next() {
    long suspect = unreadable.firstSuspect();
    if (suspect >= 0) {
      unreadable.visited(suspect);
      return new Next.Range(walk.range(suspect, 1), false);
    }
    long block = unreadable.isFull() ? -1 : walk.nextBlock();
    if (block < 0) {
      return new Next.End();
    }
    if (!isHinted(block) && !asking) {
      ask(block);
    }
    if (!isHinted(block)) {
      return new Next.Later();
    }
    int blocksMax = hole ? zeroes.blocksMax() : chunkBlocks();
    Optional<BlockRange> range = walk.next((int) Math.min(blocksMax, endBlock - block));
    return new Next.Range(range.orElseThrow(), hole);
  }

  private boolean isHinted(long block) {
    return block >= firstBlock && block < endBlock;
  }

  private int chunkBlocks() {
    long bytes = Math.min(chunkBytes, copy.disk().limits().transferBytesMax());
    return (int) (bytes / Bitmap.BLOCK_BYTES);
  }

  private void ask(long block) {
    long offset = block * Bitmap.BLOCK_BYTES;
    long length = Math.min(LOOK_BYTES, copy.replicatedBytes() - offset);
    long mine = ++question;
    asking = true;
    copy.disk()
        .blockStatus(
            copy.replicatedOffset() + offset, length, status -> told(mine, block, length, status));
  }

  private void told(long mine, long block, long length, BlockStatus status) {
    if (mine != question) {
      return;
    }
    asking = false;
    long blocks = holeBlocks(status, length);
    hole = blocks > 0;
    firstBlock = block;
    endBlock = block + (hole ? blocks : Math.ceilDiv(status.length(), (long) Bitmap.BLOCK_BYTES));
    goOn.run();
  }

  /// How many whole blocks are a hole; the last block of the space may be short.
  static long holeBlocks(BlockStatus status, long length) {
    if (!status.zeroes()) {
      return 0;
    }
    return status.length() >= length
        ? Math.ceilDiv(length, (long) Bitmap.BLOCK_BYTES)
        : status.length() / Bitmap.BLOCK_BYTES;
  }

  /// A chunk that was to be a hole has ended.
  ///
  /// @param nanos how long the target took; negative if it is none: what was said is out of date
  void holeEnded(long nanos) {
    if (nanos < 0) {
      forget();
    } else {
      zeroes.took(nanos);
    }
  }
}
