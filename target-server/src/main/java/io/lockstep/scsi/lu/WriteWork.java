package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import java.util.function.Consumer;

/// WRITE: the data go to the range as they came.
final class WriteWork extends ChangeWork {
  WriteWork(Workplace place, Consumer<MediumWork> spare) {
    super(place, spare);
  }

  @Override
  int borrowedBytesMax() {
    return 0;
  }

  @Override
  protected void run(BlockDevice medium) {
    writeLast(dataOut());
  }
}
