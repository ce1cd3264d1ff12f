package io.lockstep.mirror.resync;

import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.wire.FrameLimits;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/// Which blocks of 4 KiB the source of a resync could not read. A run that cannot be read as a
/// whole is *suspected* block by block; a block that cannot be read by itself is *known*, and not
/// visited again before somebody has written to it, or a person asks. A known block is out of sync.
/// Belongs to the mirror's loop.
public final class UnreadableBlocks implements RangeWalk.Obstacles {
  /// How many are remembered by name; a disk with more has ended as a source for now.
  static final int BLOCKS_MAX = 16_384;

  private final TreeSet<Long> known = new TreeSet<>();
  private final LinkedHashSet<Long> suspects = new LinkedHashSet<>();

  /// How many blocks are known to be unreadable.
  public int count() {
    return known.size();
  }

  /// Whether no further block is looked for.
  boolean isFull() {
    return known.size() >= BLOCKS_MAX;
  }

  void clear() {
    known.clear();
    suspects.clear();
  }

  /// A block could not be read by itself.
  void found(long block) {
    known.add(block);
  }

  /// The bytes could be read, and were copied.
  void mended(long offset, long length) {
    touched(offset, length).clear();
  }

  /// A run of several blocks could not be read as a whole.
  void suspect(long firstBlock, long blockCount) {
    for (long block = firstBlock; block < firstBlock + blockCount; block++) {
      suspects.add(block);
    }
  }

  /// The bytes were written, so the blocks they touch may be readable again.
  ///
  /// @return whether there is something to be read again
  boolean written(long offset, long length) {
    return !known.isEmpty() && suspects.addAll(touched(offset, length));
  }

  /// Everything known is to be read again.
  void suspectAll() {
    suspects.addAll(known);
  }

  /// The next block to be read by itself; -1 if there is none.
  long firstSuspect() {
    return suspects.isEmpty() ? -1 : suspects.getFirst();
  }

  /// The turn of that suspect has come.
  void visited(long block) {
    suspects.remove(block);
  }

  /// Whether the bytes touch a known block without covering it.
  public boolean isCoveredInPart(long offset, long length) {
    return !known.isEmpty() && (isCut(offset) || isCut(offset + length));
  }

  private boolean isCut(long at) {
    return at % Bitmap.BLOCK_BYTES != 0 && known.contains(at / Bitmap.BLOCK_BYTES);
  }

  /// How many blocks from `firstBlock` on, at most `blockCount`, come before the next known one.
  @Override
  public int runBefore(long firstBlock, int blockCount) {
    Long next = known.ceiling(firstBlock);
    return next == null ? blockCount : (int) Math.min(blockCount, next - firstBlock);
  }

  /// The known blocks, ascending.
  List<Long> blocks() {
    return List.copyOf(known);
  }

  /// Where the first of them begin, in bytes of the replicated space.
  public List<Long> firstOffsets() {
    return known.stream()
        .limit(FrameLimits.OFFSETS_MAX)
        .map(block -> block * Bitmap.BLOCK_BYTES)
        .toList();
  }

  private SortedSet<Long> touched(long offset, long length) {
    long last = (offset + length - 1) / Bitmap.BLOCK_BYTES;
    return known.subSet(offset / Bitmap.BLOCK_BYTES, last + 1);
  }
}
