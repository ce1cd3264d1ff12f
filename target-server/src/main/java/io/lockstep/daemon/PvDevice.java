package io.lockstep.daemon;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import java.nio.ByteBuffer;

/// The PV: the replicated space without the control region before it. Leaves the device below open.
final class PvDevice implements BlockDevice {
  private final BlockDevice below;
  private final long start;
  private final BlockLimits limits;

  /// @param start first byte of the PV on `below`, a multiple of 1 MiB
  PvDevice(BlockDevice below, long start) {
    BlockLimits all = below.limits();
    Check.that(start < all.sizeBytes(), "room for a PV", start, all.sizeBytes());
    this.below = below;
    this.start = start;
    this.limits =
        new BlockLimits(
            all.sizeBytes() - start,
            all.logicalBlockBytes(),
            all.physicalBlockBytes(),
            all.transferBytesMax(),
            all.bufferAlignmentBytes(),
            all.discardZeroes(),
            all.volatileCache());
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    check(offset, target.remaining());
    below.read(start + offset, target, completion);
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    check(offset, source.remaining());
    below.write(start + offset, source, durability, completion);
  }

  @Override
  public void flush(Completion completion) {
    below.flush(completion);
  }

  @Override
  public void discard(long offset, long length, Completion completion) {
    check(offset, length);
    below.discard(start + offset, length, completion);
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    check(offset, length);
    below.writeZeroes(start + offset, length, durability, completion);
  }

  @Override
  public void close(Completion completion) {
    below.flush(completion);
  }

  private void check(long offset, long length) {
    Check.that(limits.contains(offset, length), "range inside the PV", offset, length);
  }
}
