package io.lockstep.world;

import java.util.ArrayList;
import java.util.List;

/// One block of a volume: what a read may find there. One write at a time goes to it.
final class Cell {
  /// The first is stable; then what was written since, in order.
  private final List<Long> values = new ArrayList<>(List.of(0L));

  /// Which of them was acknowledged last.
  private int acknowledged;

  /// Whether a write is under way.
  private boolean busy;

  private long writes;

  boolean isBusy() {
    return busy;
  }

  /// Counts the writes: while it stays the same, none has begun.
  long writes() {
    return writes;
  }

  void writing(long value) {
    busy = true;
    writes++;
    values.add(value);
  }

  /// The write has ended without success, or never will: it may be there all the same.
  void unsure() {
    busy = false;
  }

  /// @param stable whether the answer promises that it outlives a power cut
  void written(boolean stable) {
    busy = false;
    acknowledged = values.size() - 1;
    if (stable) {
      values.subList(0, acknowledged).clear();
      acknowledged = 0;
    }
  }

  long lastAcknowledged() {
    return values.get(acknowledged);
  }

  /// A flush that began when `value` was the last acknowledged has ended with success.
  void flushed(long value) {
    int index = values.indexOf(value);
    if (index > 0) {
      values.subList(0, index).clear();
      acknowledged = Math.max(0, acknowledged - index);
    }
  }

  /// A power cut: what was acknowledged and not flushed may be gone.
  void powerLost() {
    acknowledged = 0;
  }

  boolean mayHold(long value) {
    return values.indexOf(value) >= acknowledged;
  }

  @Override
  public String toString() {
    return values + " from " + acknowledged;
  }
}
