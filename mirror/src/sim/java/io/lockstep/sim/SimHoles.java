package io.lockstep.sim;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BlockStatus;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/// What a file system would say of the holes of a simulated disk: a page that nobody has written to
/// since it was made zero is one. It counts what it has said, and how often a hole was written to
/// after it had been told of, which is what whoever believes in holes has to be ready for.
final class SimHoles {
  private static final int REMEMBERED_MAX = 64;

  private final SparseImage image;
  private final BiPredicate<Long, Long> spoilt;
  private final ArrayDeque<BlockRange> told = new ArrayDeque<>();
  private final Map<String, Long> counts = new TreeMap<>();

  /// @param spoilt whether reads of a range do not see what was written
  SimHoles(SparseImage image, BiPredicate<Long, Long> spoilt) {
    this.image = image;
    this.spoilt = spoilt;
  }

  BlockStatus status(long offset, long length) {
    boolean hole = isHole(offset);
    long end = offset + length;
    long at = endOfPage(offset);
    while (at < end && isHole(at) == hole) {
      at = endOfPage(at);
    }
    long run = Math.min(at, end) - offset;
    if (hole) {
      count("hole");
      told.add(new BlockRange(offset, run));
      if (told.size() > REMEMBERED_MAX) {
        told.remove();
      }
      return BlockStatus.hole(run);
    }
    boolean written = told.removeIf(one -> one.offset() <= offset && offset < one.end());
    count(written ? "hole that was written to" : "data");
    return BlockStatus.data(run);
  }

  private boolean isHole(long offset) {
    int page = (int) (offset / SparseImage.PAGE_BYTES);
    return !image.isTouched(page) && !spoilt.test(offset, endOfPage(offset) - offset);
  }

  private static long endOfPage(long offset) {
    return (offset / SparseImage.PAGE_BYTES + 1) * SparseImage.PAGE_BYTES;
  }

  private void count(String what) {
    counts.merge(what, 1L, Long::sum);
  }

  /// How often it has said what.
  Map<String, Long> counts() {
    return counts;
  }
}
