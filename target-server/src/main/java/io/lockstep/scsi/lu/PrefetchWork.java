package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.scsi.ScsiResult;
import java.util.function.Consumer;

/// PRE-FETCH: the range is only checked, there is no cache to fetch it to.
final class PrefetchWork extends MediumWork {
  PrefetchWork(Workplace place, Consumer<MediumWork> spare) {
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

  @Override
  protected void run(BlockDevice medium) {
    endLater(ScsiResult.good());
  }
}
