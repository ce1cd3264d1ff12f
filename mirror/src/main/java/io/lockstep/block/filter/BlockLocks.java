package io.lockstep.block.filter;

import io.lockstep.block.BlockRange;
import java.util.ArrayList;
import java.util.List;

/// Lets one holder at a time into a range of blocks; overlapping ones wait in the order they came.
final class BlockLocks {
  /// In the order of arrival. Nobody else knows an entry, so each is itself and not its equal.
  private final List<Entry> entries = new ArrayList<>();

  /// A range that is held or waited for.
  static final class Entry {
    private final BlockRange range;
    private final Runnable whenHeld;
    private boolean held;

    private Entry(BlockRange range, Runnable whenHeld) {
      this.range = range;
      this.whenHeld = whenHeld;
    }
  }

  /// Queues for a range; [#admit] runs `whenHeld` once all earlier overlapping ones are gone.
  Entry queue(BlockRange range, Runnable whenHeld) {
    var entry = new Entry(range, whenHeld);
    entries.add(entry);
    return entry;
  }

  /// Lets in everyone who can go now.
  void admit() {
    var ready = new ArrayList<Entry>();
    for (int index = 0; index < entries.size(); index++) {
      Entry entry = entries.get(index);
      if (!entry.held && isFree(entry.range, index)) {
        entry.held = true;
        ready.add(entry);
      }
    }
    ready.forEach(entry -> entry.whenHeld.run());
  }

  /// Leaves the range. [#admit] follows.
  void release(Entry entry) {
    entries.remove(entry);
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  private boolean isFree(BlockRange range, int before) {
    for (int index = 0; index < before; index++) {
      if (entries.get(index).range.overlaps(range)) {
        return false;
      }
    }
    return true;
  }
}
