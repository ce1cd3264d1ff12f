package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// What a command has under way at the device, one step at a time. A transfer longer than the
/// device takes is cut into pieces that run side by side; the first error is the step's, and then
/// no step follows.
final class Transfer implements Completion {
  /// Who hears of an error.
  interface Owner {
    /// @param reading whether it was a read
    void failed(IoResult why, boolean reading);
  }

  private final Owner owner;
  private @Nullable Runnable then;
  private IoResult worst = IoResult.OK;
  private boolean reading;
  private int pieces;

  Transfer(Owner owner) {
    this.owner = owner;
  }

  /// Fills `buffer`, which begins at its position 0, with what lies at `from`.
  void read(BlockDevice device, long from, ByteBuffer buffer, Runnable next) {
    int most = device.limits().transferBytesMax();
    int length = buffer.remaining();
    begin((length + most - 1) / most, true, next);
    if (pieces == 1) {
      device.read(from, buffer, this);
      return;
    }
    for (int at = 0; at < length; at += most) {
      device.read(from + at, buffer.slice(at, Math.min(most, length - at)), this);
    }
  }

  /// Writes `data`, from position to limit.
  void write(BlockDevice device, long to, ByteBuffer data, Durability durability, Runnable next) {
    int most = device.limits().transferBytesMax();
    int length = data.remaining();
    int start = data.position();
    begin((length + most - 1) / most, false, next);
    if (pieces == 1) {
      device.write(to, data, durability, this);
      return;
    }
    for (int at = 0; at < length; at += most) {
      device.write(to + at, data.slice(start + at, Math.min(most, length - at)), durability, this);
    }
  }

  void writeZeroes(BlockDevice device, long offset, long length, Runnable next) {
    begin(1, false, next);
    device.writeZeroes(offset, length, Durability.WRITE_BACK, this);
  }

  void discard(BlockDevice device, long offset, long length, Runnable next) {
    begin(1, false, next);
    device.discard(offset, length, this);
  }

  void flush(BlockDevice device, Runnable next) {
    begin(1, false, next);
    device.flush(this);
  }

  private void begin(int pieceCount, boolean reads, Runnable next) {
    pieces = pieceCount;
    reading = reads;
    then = next;
    worst = IoResult.OK;
  }

  @Override
  public void completed(IoResult result) {
    if (!result.isOk() && worst.isOk()) {
      worst = result;
    }
    pieces--;
    if (pieces > 0) {
      return;
    }
    Runnable next = Check.present(then, "what comes next");
    then = null;
    if (worst.isOk()) {
      next.run();
    } else {
      owner.failed(worst, reading);
    }
  }
}
