package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import java.nio.ByteBuffer;

/// A disk that says it has written and has not.
record ForgetfulDisk(BlockDevice next) implements BlockDevice {
  @Override
  public BlockLimits limits() {
    return next.limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    next.read(offset, target, completion);
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    next.flush(completion);
  }

  @Override
  public void flush(Completion completion) {
    next.flush(completion);
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    next.flush(completion);
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    next.flush(completion);
  }

  @Override
  public void close(Completion completion) {
    next.close(completion);
  }
}
