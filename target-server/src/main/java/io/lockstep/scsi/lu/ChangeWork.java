package io.lockstep.scsi.lu;

import io.lockstep.block.Durability;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// A command that changes the medium. While the write cache is off, GOOD to it means that it is
/// stable: what was written without FUA is flushed before, also where the cache was switched off in
/// the middle.
abstract sealed class ChangeWork extends MediumWork
    permits CompareAndWriteWork, UnmapWork, WriteSameWork, WriteWork {
  private final Runnable whenChanged = this::changed;
  private final Runnable whenStable = this::done;

  /// Something was changed that is stable only after a flush.
  private boolean unstable;

  ChangeWork(Workplace place, Consumer<MediumWork> spare) {
    super(place, spare);
  }

  @Override
  protected void reset() {
    unstable = false;
  }

  @Override
  boolean changes() {
    return true;
  }

  /// Writes the last of the command, as durable as it has to be.
  protected final void writeLast(ByteBuffer data) {
    boolean stable = request().fua() || !place().modes().pages().writeCache();
    unstable |= !stable;
    write(offset(), data, stable ? Durability.FUA : Durability.WRITE_BACK, whenChanged);
  }

  /// What is changed from now on is not stable.
  protected final void changesUnstably() {
    unstable = true;
  }

  /// What runs [#changed], the same object for life.
  protected final Runnable whenChanged() {
    return whenChanged;
  }

  /// All is changed.
  protected final void changed() {
    if (!unstable || place().modes().pages().writeCache()) {
      done();
    } else {
      flush(whenStable);
    }
  }
}
