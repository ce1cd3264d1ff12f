package io.lockstep.sim;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one place of the device may hold: a register whose writes were acknowledged, given up or
/// are open, and stand on one node's disk or on both.
///
/// A value may be read at a node unless a later write stands there for sure: one that began after
/// the value's own fate was known, was acknowledged, and is kept on that node's disk. A write that
/// was given up is no exception: it takes effect before the next acknowledged write, or never.
final class Register {
  private final List<Write> writes = new ArrayList<>(4);

  /// Up to when a person has given up what was written here: before that nothing is promised.
  private long givenUpTo = -1;

  private final long offset;
  private final int unitBytes;

  /// @param offset of the unit
  /// @param unitBytes its length
  Register(long offset, int unitBytes) {
    this.offset = offset;
    this.unitBytes = unitBytes;
    settle(0, 0);
  }

  /// The value is known for certain and stable on both: everything else is history. What a person
  /// has given up, and nobody has written since, stays given up.
  void settle(long stamp, long now) {
    boolean lost = givenUpTo >= 0 && !isWrittenSince(givenUpTo);
    writes.clear();
    givenUpTo = -1;
    writes.add(Write.settled(stamp, now, offset, unitBytes));
    if (lost) {
      giveUp(now);
    }
  }

  private boolean isWrittenSince(long time) {
    for (Write write : writes) {
      if (write.wrote > time && write.isAcknowledged() && !write.isObservation()) {
        return true;
      }
    }
    return false;
  }

  /// A person gives up what is here: it may read as it was, or as zeroes.
  void giveUp(long now) {
    givenUpTo = now;
    writes.add(new Write(0, now, offset, unitBytes));
  }

  void begin(Write write) {
    writes.add(write);
  }

  List<Write> writes() {
    return writes;
  }

  /// Whether `stamp` may be what `node` shows to a reader that began at `readBegan`.
  boolean allows(long stamp, int node, long readBegan) {
    for (Write candidate : writes) {
      if (candidate.stamp == stamp && !isSuperseded(candidate, node, readBegan)) {
        return true;
      }
    }
    return false;
  }

  /// `node` has shown `stamp` to a reader: nothing older may be shown after it (I9).
  ///
  /// @return the value as a write that has just been seen; null if nothing else was possible
  @Nullable Write observe(long stamp, int node, SimClient.Read read, int holders) {
    Write seen = null;
    int possible = 0;
    for (Write candidate : writes) {
      if (!isSuperseded(candidate, node, read.began())) {
        possible++;
        if (candidate.stamp == stamp) {
          seen = candidate;
        }
      }
    }
    if (seen == null || possible == 1) {
      return null;
    }
    Write observed = seen.observed(read.began(), read.ended(), holders);
    writes.add(observed);
    return observed;
  }

  /// Whether what a disk holds is `write` or came later.
  boolean isAtLeast(long stamp, Write write) {
    if (write.wrote <= givenUpTo) {
      return true;
    }
    for (Write candidate : writes) {
      if (candidate.stamp == stamp
          && (candidate.wrote >= write.wrote || isErasedMeanwhile(candidate, write))) {
        return true;
      }
    }
    return false;
  }

  /// A long erasure is done in pieces: one of them may come after a write that began later, but not
  /// after a read that has shown the write.
  private static boolean isErasedMeanwhile(Write candidate, Write write) {
    return candidate.stamp == 0 && candidate.ended() > write.began;
  }

  private boolean isSuperseded(Write candidate, int node, long readBegan) {
    for (Write later : writes) {
      if (later.known() < readBegan
          && later.wrote > givenUpTo
          && Write.has(later.kept, node)
          && later.standsAbove(candidate)) {
        return true;
      }
    }
    return false;
  }

  /// A write that `target` has for sure and `source` has not: it would be lost if `source` were
  /// copied over it.
  ///
  /// @return null if there is none
  @Nullable Write lostBy(int source, int target) {
    for (Write write : writes) {
      boolean promised = Write.has(write.up | write.stable, target);
      if (write.isAcknowledged()
          && write.wrote > givenUpTo
          && !write.isObservation()
          && Write.has(write.kept, target)
          && promised
          && !Write.has(write.kept, source)
          && !isSuperseded(write, source, Long.MAX_VALUE)
          && !isSuperseded(write, target, Long.MAX_VALUE)) {
        return write;
      }
    }
    return null;
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Write write : writes) {
      text.append(write);
    }
    return text.toString();
  }
}
