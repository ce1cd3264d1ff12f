package io.lockstep.block.record;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import java.nio.ByteBuffer;

/// Passes everything on, except that flushes fail from a chosen moment on.
final class FailingFlush implements BlockDevice {
  private final BlockDevice next;
  private final Loop loop;
  private boolean failing;

  FailingFlush(BlockDevice next, Loop loop) {
    this.next = next;
    this.loop = loop;
  }

  void fail() {
    failing = true;
  }

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
    next.write(offset, source, durability, completion);
  }

  @Override
  public void flush(Completion completion) {
    if (failing) {
      loop.execute(() -> completion.completed(IoResult.mediumError("the disk is broken")));
    } else {
      next.flush(completion);
    }
  }

  @Override
  public void discard(long offset, long length, Completion completion) {
    next.discard(offset, length, completion);
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
