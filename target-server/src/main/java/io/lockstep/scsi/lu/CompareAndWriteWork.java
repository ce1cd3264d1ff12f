package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.scsi.ScsiResult;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// COMPARE AND WRITE (SBC-3 5.2); nobody changes the range in between, since it is its own.
final class CompareAndWriteWork extends ChangeWork {
  CompareAndWriteWork(Workplace place, Consumer<MediumWork> spare) {
    super(place, spare);
  }

  @Override
  int borrowedBytesMax() {
    return (int) length();
  }

  @Override
  protected void run(BlockDevice medium) {
    int half = (int) length();
    ByteBuffer data = dataOut();
    ByteBuffer expected = data.slice(data.position(), half);
    ByteBuffer fresh = data.slice(data.position() + half, half);
    ByteBuffer found = borrow(half);
    read(
        offset(),
        found,
        () -> {
          int differs = found.mismatch(expected);
          if (differs >= 0) {
            finish(ScsiResult.miscompare(differs));
          } else {
            writeLast(fresh);
          }
        });
  }
}
