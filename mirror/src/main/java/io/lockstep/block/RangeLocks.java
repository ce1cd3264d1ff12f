package io.lockstep.block;

/// Which byte ranges are being changed, so that overlapping changes go one after another.
///
/// A plain list, scanned: with at most a thousand ranges in flight that is cheaper than a tree and
/// allocates nothing. Belongs to one loop.
public final class RangeLocks {
  private final long[] starts;
  private final long[] ends;
  private int count;

  /// @param rangesMax how many ranges may be held at once
  public RangeLocks(int rangesMax) {
    starts = new long[rangesMax];
    ends = new long[rangesMax];
  }

  /// Takes `[offset, offset + length)` unless it overlaps a range that is held.
  public boolean tryLock(long offset, long length) {
    if (overlapsAny(offset, length)) {
      return false;
    }
    Check.that(count < starts.length, "room for a range", count, starts.length);
    starts[count] = offset;
    ends[count] = offset + length;
    count++;
    return true;
  }

  /// Gives back a range exactly as it was taken.
  public void unlock(long offset, long length) {
    for (int index = 0; index < count; index++) {
      if (starts[index] == offset && ends[index] == offset + length) {
        count--;
        starts[index] = starts[count];
        ends[index] = ends[count];
        return;
      }
    }
    throw new AssertionError("range was not locked: " + offset + "+" + length);
  }

  /// Whether a held range overlaps this one.
  public boolean overlapsAny(long offset, long length) {
    long end = offset + length;
    for (int index = 0; index < count; index++) {
      if (starts[index] < end && offset < ends[index]) {
        return true;
      }
    }
    return false;
  }

  /// How many ranges are held.
  public int count() {
    return count;
  }
}
