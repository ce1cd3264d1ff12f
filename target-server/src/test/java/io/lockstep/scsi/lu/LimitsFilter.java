package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import java.nio.ByteBuffer;

/// A device that says other limits: a size it does not have, shorter transfers, no discard.
record LimitsFilter(BlockDevice next, BlockLimits limits) implements BlockDevice {
  static LimitsFilter withTransfersOf(BlockDevice next, int transferBytesMax) {
    return of(next, next.limits().sizeBytes(), transferBytesMax, true);
  }

  static LimitsFilter ofSize(BlockDevice next, long sizeBytes) {
    return of(next, sizeBytes, 1 << 20, true);
  }

  static LimitsFilter withoutDiscard(BlockDevice next) {
    return of(next, next.limits().sizeBytes(), 1 << 20, false);
  }

  private static LimitsFilter of(
      BlockDevice next, long sizeBytes, int transferBytesMax, boolean discards) {
    return new LimitsFilter(
        next, new BlockLimits(sizeBytes, 512, 4096, transferBytesMax, 1, discards, false));
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    next.read(offset, target, completion);
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    next.write(offset, source, durability, completion);
  }

  @Override
  public void flush(Completion completion) {
    next.flush(completion);
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    next.discard(offset, length, durability, completion);
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    next.writeZeroes(offset, length, durability, completion);
  }

  @Override
  public void close(Completion completion) {
    next.close(completion);
  }
}
