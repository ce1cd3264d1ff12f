package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import java.util.function.Consumer;

/// SYNCHRONIZE CACHE, and a START STOP UNIT that flushes: all of the medium,
/// whatever the range.
final class FlushWork extends MediumWork {
  private final Runnable whenFlushed = this::done;

  FlushWork(Workplace place, Consumer<MediumWork> spare) {
    super(place, spare);
  }

  @Override
  boolean changes() {
    return false;
  }

  @Override
  int borrowedBytesMax() {
    return 0;
  }

  /// A range of no blocks is one "to the end".
  @Override
  protected boolean isNothing() {
    return false;
  }

  @Override
  protected void run(BlockDevice medium) {
    flush(whenFlushed);
  }
}
