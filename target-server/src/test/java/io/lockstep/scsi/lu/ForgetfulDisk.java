package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.filter.Filter;
import java.nio.ByteBuffer;

/// A disk that says it has written and has not.
final class ForgetfulDisk extends Filter {
  ForgetfulDisk(BlockDevice next) {
    super(next);
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
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
}
