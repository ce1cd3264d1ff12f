package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import java.util.function.Consumer;

/// READ: the range goes into the buffer that is sent.
final class ReadWork extends MediumWork {
  private final Runnable whenRead = this::hasRead;

  ReadWork(Workplace place, Consumer<MediumWork> spare) {
    super(place, spare);
  }

  @Override
  boolean changes() {
    return false;
  }

  @Override
  int borrowedBytesMax() {
    return (int) length();
  }

  @Override
  protected void run(BlockDevice medium) {
    read(offset(), borrow((int) length()), whenRead);
  }

  private void hasRead() {
    giveAway();
    done();
  }
}
