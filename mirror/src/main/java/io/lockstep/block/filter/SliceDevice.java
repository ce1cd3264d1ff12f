package io.lockstep.block.filter;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BlockRange;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.UnderWay;
import java.nio.ByteBuffer;

/// A run of another device as a device of its own. Several slices may share the device, so closing
/// a slice leaves the device open. Belongs to the loop.
public final class SliceDevice implements BlockDevice {
  private final BlockDevice next;
  private final Loop loop;
  private final long start;
  private final BlockLimits limits;
  private final UnderWay underWay = new UnderWay();
  private boolean closed;

  /// @param range which part, in whole logical blocks
  public SliceDevice(BlockDevice next, Loop loop, BlockRange range) {
    Check.that(next.limits().contains(range.offset(), range.length()), "slice inside the device");
    this.next = next;
    this.loop = loop;
    this.start = range.offset();
    this.limits = next.limits().withSizeBytes(range.length());
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    check(offset, target.remaining());
    next.read(start + offset, target, underWay.counted(completion));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    check(offset, source.remaining());
    next.write(start + offset, source, durability, underWay.counted(completion));
  }

  @Override
  public void flush(Completion completion) {
    Check.that(!closed, "the slice is open");
    next.flush(underWay.counted(completion));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    check(offset, length);
    next.discard(start + offset, length, durability, underWay.counted(completion));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    check(offset, length);
    next.writeZeroes(start + offset, length, durability, underWay.counted(completion));
  }

  @Override
  public void close(Completion completion) {
    Check.that(!closed, "closed once");
    closed = true;
    underWay.whenNone(() -> loop.execute(() -> completion.completed(IoResult.OK)));
  }

  private void check(long offset, long length) {
    Check.that(!closed, "the slice is open");
    Check.that(limits.contains(offset, length), "range inside the slice", offset, length);
  }
}
