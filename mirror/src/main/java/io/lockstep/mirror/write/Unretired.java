package io.lockstep.mirror.write;

import io.lockstep.block.Check;
import io.lockstep.mirror.meta.Bitmap;

/// The writes that are not yet known to be stable on both disks: what becomes out of sync when the
/// link is lost, acknowledged or not (I2). A ring in the order of the epochs; allocates nothing.
/// Belongs to the mirror's loop.
final class Unretired {
  private final long[] offsets;
  private final long[] lengths;
  private final long[] epochs;
  private int head;
  private int count;

  Unretired(int entriesMax) {
    offsets = new long[entriesMax];
    lengths = new long[entriesMax];
    epochs = new long[entriesMax];
  }

  boolean isFull() {
    return count == offsets.length;
  }

  boolean isEmpty() {
    return count == 0;
  }

  int count() {
    return count;
  }

  void add(long offset, long length, long epoch) {
    Check.that(!isFull(), "room for a write");
    int tail = (head + count) % offsets.length;
    Check.that(count == 0 || lastEpoch() <= epoch, "epochs do not go back", epoch, 0);
    offsets[tail] = offset;
    lengths[tail] = length;
    epochs[tail] = epoch;
    count++;
  }

  /// Forgets every write of an epoch up to `epoch`.
  void retireThrough(long epoch) {
    while (count > 0 && epochs[head] <= epoch) {
      head = (head + 1) % offsets.length;
      count--;
    }
  }

  /// The newest epoch of which nothing is waiting; [Long#MAX_VALUE] if nothing waits at all.
  long retiredEpoch() {
    return count == 0 ? Long.MAX_VALUE : epochs[head] - 1;
  }

  /// Marks all of them as out of sync and forgets them.
  void markDirty(Bitmap bitmap) {
    for (; count > 0; count--) {
      bitmap.markDirty(offsets[head], lengths[head]);
      head = (head + 1) % offsets.length;
    }
  }

  private long lastEpoch() {
    return epochs[(head + count - 1) % offsets.length];
  }
}
