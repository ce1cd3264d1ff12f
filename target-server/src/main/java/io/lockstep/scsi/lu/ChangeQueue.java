package io.lockstep.scsi.lu;

import io.lockstep.block.RangeLocks;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.function.Consumer;

/// Lets overlapping changes of the medium run one after another, in the order in which they came;
/// others run side by side. Belongs to the loop of its logical unit.
final class ChangeQueue {
  private final RangeLocks locks;
  private final ArrayDeque<MediumWork> blocked = new ArrayDeque<>();

  /// @param changesMax how many there may be at once
  ChangeQueue(int changesMax) {
    locks = new RangeLocks(changesMax);
  }

  /// Takes the range of a change, or keeps the change until it is free.
  ///
  /// @return whether the change may run now
  boolean take(MediumWork work) {
    if (overlapsBlocked(work, blocked.size()) || !locks.tryLock(work.offset(), work.length())) {
      blocked.add(work);
      return false;
    }
    work.locked(true);
    return true;
  }

  /// Gives a range back.
  ///
  /// @param runnable gets each change that may run now
  void release(MediumWork work, Consumer<MediumWork> runnable) {
    locks.unlock(work.offset(), work.length());
    work.locked(false);
    int before = 0;
    for (Iterator<MediumWork> each = blocked.iterator(); each.hasNext(); ) {
      MediumWork next = each.next();
      if (!overlapsBlocked(next, before) && locks.tryLock(next.offset(), next.length())) {
        each.remove();
        next.locked(true);
        runnable.accept(next);
      } else {
        before++;
      }
    }
  }

  /// Whether one of the first `count` that are blocked is to go before.
  private boolean overlapsBlocked(MediumWork work, int count) {
    if (count == 0) {
      return false;
    }
    int left = count;
    for (MediumWork other : blocked) {
      if (other.offset() < work.offset() + work.length()
          && work.offset() < other.offset() + other.length()) {
        return true;
      }
      left--;
      if (left == 0) {
        return false;
      }
    }
    return false;
  }
}
