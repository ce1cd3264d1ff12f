package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Durability;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// WRITE SAME (SBC-3 5.43, 5.44), with one block of data or with none, which means zeroes. Zeroes
/// are left to the device; another block is repeated, a buffer full at a time.
final class WriteSameWork extends ChangeWork {
  WriteSameWork(Workplace place, Consumer<MediumWork> spare) {
    super(place, spare);
  }

  @Override
  int borrowedBytesMax() {
    return request().dataOutBytes() == 0 ? 0 : (int) Math.min(length(), SCRATCH_BYTES_MAX);
  }

  @Override
  protected void run(BlockDevice medium) {
    changesUnstably();
    if (request().dataOutBytes() == 0 || isZero(dataOut())) {
      erase(medium);
    } else {
      writeSame(medium, dataOut());
    }
  }

  private static boolean isZero(ByteBuffer block) {
    for (int at = block.position(); at < block.limit(); at += Long.BYTES) {
      if (block.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }

  private void erase(BlockDevice medium) {
    if (request().unmap() && medium.limits().discardZeroes()) {
      transfer().discard(medium, offset(), length(), whenChanged());
    } else {
      transfer().writeZeroes(medium, offset(), length(), whenChanged());
    }
  }

  private void writeSame(BlockDevice medium, ByteBuffer block) {
    int most = Math.min(medium.limits().transferBytesMax(), SCRATCH_BYTES_MAX);
    int length = (int) Math.min(length(), most);
    ByteBuffer pattern = borrow(length);
    for (int at = 0; at < length; at += block.remaining()) {
      pattern.put(at, block, block.position(), block.remaining());
    }
    repeat(pattern, length, 0);
  }

  private void repeat(ByteBuffer pattern, int most, long done) {
    if (done == length()) {
      changed();
      return;
    }
    int written = (int) Math.min(length() - done, most);
    pattern.position(0).limit(written);
    write(
        offset() + done,
        pattern,
        Durability.WRITE_BACK,
        () -> repeat(pattern, most, done + written));
  }
}
