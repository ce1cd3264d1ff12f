package io.lockstep.sim;

import java.util.ArrayList;
import java.util.List;

/// What one sector may hold, from the client's point of view: a register whose writes were
/// acknowledged or not, made stable or not, and whose holders may have lost power since.
///
/// A value may be read unless a later write stands for sure: one that began after the value was
/// acknowledged, was acknowledged itself, and is not *lost by right* (never flushed, and every node
/// that held it went down).
final class Register {
  /// One write of this sector.
  static final class Entry {
    final long stamp;
    final long began;
    long acknowledged = Long.MAX_VALUE;
    boolean stable;

    /// Bit set of the nodes that have had it without interruption.
    int holders;

    Entry(long stamp, long began) {
      this.stamp = stamp;
      this.began = began;
    }

    boolean standsForSure() {
      return acknowledged != Long.MAX_VALUE && (stable || holders != 0);
    }
  }

  private final List<Entry> entries = new ArrayList<>();

  Register() {
    settle(0, -1);
  }

  /// The value is known for certain and stable: everything else is history.
  void settle(long stamp, long now) {
    entries.clear();
    var entry = new Entry(stamp, now);
    entry.acknowledged = now;
    entry.stable = true;
    entries.add(entry);
  }

  Entry begin(long stamp, long now) {
    var entry = new Entry(stamp, now);
    entries.add(entry);
    return entry;
  }

  void crashed(int node) {
    for (Entry entry : entries) {
      entry.holders &= ~(1 << node);
    }
  }

  /// Whether a write is open, or was acknowledged after `when`.
  boolean isBusySince(long when) {
    for (Entry entry : entries) {
      if (entry.acknowledged > when) {
        return true;
      }
    }
    return false;
  }

  boolean allows(long stamp) {
    for (Entry candidate : entries) {
      if (candidate.stamp == stamp && !isSuperseded(candidate)) {
        return true;
      }
    }
    return false;
  }

  /// When the earliest write of this value began; the value of a write that erases is that of
  /// others too. -1: before the beginning, or nobody has written it.
  long beganOf(long stamp) {
    for (Entry entry : entries) {
      if (entry.stamp == stamp) {
        return entry.began;
      }
    }
    return -1;
  }

  /// Whether `stamp` is older than a write that `node` has had since, and that was acknowledged
  /// before `when`.
  boolean isBehind(long stamp, int node, long when) {
    for (Entry candidate : entries) {
      if (candidate.stamp == stamp && !misses(candidate, node, when)) {
        return false;
      }
    }
    return true;
  }

  private boolean misses(Entry candidate, int node, long when) {
    for (Entry later : entries) {
      boolean held = (later.holders & (1 << node)) != 0;
      if (held && later.began > candidate.acknowledged && later.acknowledged < when) {
        return true;
      }
    }
    return false;
  }

  private boolean isSuperseded(Entry candidate) {
    for (Entry later : entries) {
      if (later.began > candidate.acknowledged && later.standsForSure()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Entry entry : entries) {
      text.append(
          " [stamp %d began %d acknowledged %s%s holders %d%s]"
              .formatted(
                  entry.stamp,
                  entry.began,
                  entry.acknowledged == Long.MAX_VALUE ? "never" : "" + entry.acknowledged,
                  entry.stable ? " stable" : "",
                  entry.holders,
                  isSuperseded(entry) ? " superseded" : ""));
    }
    return text.toString();
  }
}
