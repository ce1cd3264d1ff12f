package io.lockstep.mirror.write;

import io.lockstep.block.Check;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The changes that have begun and not ended, in the order in which they began. Belongs to the
/// mirror's loop.
final class InFlight {
  private final ArrayList<Change> changes = new ArrayList<>();

  int count() {
    return changes.size();
  }

  void add(Change change) {
    changes.add(change);
  }

  void remove(Change change) {
    Check.that(changes.remove(change), "was in flight");
  }

  /// All of them as they are now.
  List<Change> all() {
    return new ArrayList<>(changes);
  }

  /// The one of that sequence number; null if it has ended.
  @Nullable Change find(long sequence) {
    for (int index = 0; index < changes.size(); index++) {
      Change change = changes.get(index);
      if (change.sequence == sequence) {
        return change;
      }
    }
    return null;
  }

  /// The oldest epoch with something under way on the local disk; [Long#MAX_VALUE] if nothing is.
  long oldestLocalEpoch() {
    long oldest = Long.MAX_VALUE;
    for (int index = 0; index < changes.size(); index++) {
      Change change = changes.get(index);
      if (change.isUnderWay(Change.Leg.LOCAL)) {
        oldest = Math.min(oldest, change.epoch);
      }
    }
    return oldest;
  }

  /// How many writes of epochs up to `epoch` are under way on the local disk.
  int underWayLocally(long epoch) {
    int count = 0;
    for (int index = 0; index < changes.size(); index++) {
      Change change = changes.get(index);
      count += change.isUnderWay(Change.Leg.LOCAL) && change.epoch <= epoch ? 1 : 0;
    }
    return count;
  }

  /// Has `reader` told when the changes under way that overlap the bytes have ended.
  ///
  /// @return how many they are
  int holdBehind(long offset, long length, Change.Reader reader) {
    int count = 0;
    for (int index = 0; index < changes.size(); index++) {
      Change change = changes.get(index);
      if (offset < change.offset + change.length && change.offset < offset + length) {
        change.addReader(reader);
        count++;
      }
    }
    return count;
  }
}
