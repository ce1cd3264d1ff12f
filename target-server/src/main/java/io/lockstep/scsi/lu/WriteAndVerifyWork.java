package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Durability;
import java.util.function.Consumer;

/// WRITE AND VERIFY: what is read back must come from the disk, so the data are
/// stable before.
final class WriteAndVerifyWork extends VerifyWork {
  private final Runnable whenWritten = this::verify;

  WriteAndVerifyWork(Workplace place, Consumer<MediumWork> spare) {
    super(place, spare, Expected.DATA_OUT);
  }

  @Override
  boolean changes() {
    return true;
  }

  @Override
  protected void run(BlockDevice medium) {
    write(offset(), dataOut(), Durability.FUA, whenWritten);
  }
}
