package io.lockstep.block.filter;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BlockStatus;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// A device around a device that passes everything on as it is. A filter overrides what it changes:
/// one operation, or with [#ending] the end of each. One that has to see every operation implements
/// [BlockDevice] itself, so that none can pass by it.
public class Filter implements BlockDevice {
  protected final BlockDevice next;

  protected Filter(BlockDevice next) {
    this.next = next;
  }

  /// Who is told of the end of an operation that is about to begin; any but close.
  protected Completion ending(Completion completion) {
    return completion;
  }

  @Override
  public BlockLimits limits() {
    return next.limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    next.read(offset, target, ending(completion));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    next.write(offset, source, durability, ending(completion));
  }

  @Override
  public void flush(Completion completion) {
    next.flush(ending(completion));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    next.discard(offset, length, durability, ending(completion));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    next.writeZeroes(offset, length, durability, ending(completion));
  }

  @Override
  public void blockStatus(long offset, long length, Consumer<BlockStatus> told) {
    next.blockStatus(offset, length, told);
  }

  @Override
  public void close(Completion completion) {
    next.close(completion);
  }
}
