package io.lockstep.block;

import org.jspecify.annotations.Nullable;

/// Who changes which byte ranges, in the order in which they came: overlapping changes go one after
/// another, others side by side. A newcomer that overlaps someone who waits waits behind it, so
/// whoever waits has its turn, however busy its range is.
///
/// A list of the entries themselves, scanned at each arrival and departure: with at most a thousand
/// of them that is cheaper than a tree, and allocates nothing. Belongs to one loop.
public final class RangeQueue {
  private @Nullable Entry oldest;
  private @Nullable Entry newest;

  /// Entries whose turn has come and who were not told yet.
  private int readyCount;

  private int waitingCount;

  /// One change of one range; the changes themselves extend it. It can be used again after it has
  /// left.
  public abstract static class Entry {
    private @Nullable Entry older;
    private @Nullable Entry newer;
    private long start;
    private long end;
    private boolean queued;
    private boolean holding;

    /// Earlier entries that overlap this one.
    private int ahead;

    /// Its turn has come: it holds the range until it leaves. Not called for one whose turn came at
    /// once.
    protected abstract void admitted();

    /// It waited and has been put out; for those in a queue that uses [RangeQueue#dropWaiting].
    protected void dropped() {
      throw new AssertionError("put out of the queue");
    }

    /// Whether the range is its own now.
    public final boolean isHolding() {
      return holding;
    }

    /// Whether it holds or waits for a range.
    public final boolean isQueued() {
      return queued;
    }

    private boolean overlaps(Entry other) {
      return start < other.end && other.start < end;
    }
  }

  /// Lines up for `[offset, offset + length)`.
  ///
  /// @return whether the range is its own at once; else [Entry#admitted] follows
  public boolean enter(Entry entry, long offset, long length) {
    Check.that(!entry.queued, "in the queue once");
    entry.start = offset;
    entry.end = offset + length;
    entry.ahead = 0;
    for (Entry earlier = oldest; earlier != null; earlier = earlier.newer) {
      if (earlier.overlaps(entry)) {
        entry.ahead++;
      }
    }
    append(entry);
    entry.holding = entry.ahead == 0;
    if (!entry.holding) {
      waitingCount++;
    }
    return entry.holding;
  }

  /// Gives the range back, or no longer waits for it; then whoever comes next is admitted.
  public void leave(Entry entry) {
    Check.that(entry.queued, "in the queue");
    if (!entry.holding) {
      waitingCount--;
      if (entry.ahead == 0) {
        readyCount--;
      }
    }
    for (Entry later = entry.newer; later != null; later = later.newer) {
      if (later.overlaps(entry) && --later.ahead == 0) {
        readyCount++;
      }
    }
    unlink(entry);
    admit();
  }

  /// Puts out everyone who waits; those who hold a range keep it.
  public void dropWaiting() {
    for (Entry last = newestWaiting(); last != null; last = newestWaiting()) {
      leave(last);
      last.dropped();
    }
  }

  /// How many wait.
  public int waitingCount() {
    return waitingCount;
  }

  private void admit() {
    while (readyCount > 0) {
      Entry next = Check.present(firstReady(), "someone is ready");
      next.holding = true;
      readyCount--;
      waitingCount--;
      next.admitted();
    }
  }

  private @Nullable Entry firstReady() {
    Entry entry = oldest;
    while (entry != null && (entry.holding || entry.ahead > 0)) {
      entry = entry.newer;
    }
    return entry;
  }

  private @Nullable Entry newestWaiting() {
    if (waitingCount == 0) {
      return null;
    }
    Entry entry = newest;
    while (entry != null && entry.holding) {
      entry = entry.older;
    }
    return entry;
  }

  private void append(Entry entry) {
    entry.queued = true;
    entry.older = newest;
    entry.newer = null;
    if (newest == null) {
      oldest = entry;
    } else {
      newest.newer = entry;
    }
    newest = entry;
  }

  private void unlink(Entry entry) {
    if (entry.older == null) {
      oldest = entry.newer;
    } else {
      entry.older.newer = entry.newer;
    }
    if (entry.newer == null) {
      newest = entry.older;
    } else {
      entry.newer.older = entry.older;
    }
    entry.older = null;
    entry.newer = null;
    entry.queued = false;
    entry.holding = false;
  }
}
