package io.lockstep.block;

import java.nio.ByteBuffer;

/// A RAM disk: the simplest honest [BlockDevice]. Each operation takes effect in the turn of the
/// loop after its call and completes there; nothing is volatile, so a flush has nothing to do.
public final class MemoryDevice implements BlockDevice {
  private static final int TRANSFER_BYTES_MAX = 4 << 20;

  private final Loop loop;
  private final ByteBuffer content;
  private final BlockLimits limits;
  private boolean closed;

  /// @param sizeBytes size, below 2 GiB, a multiple of `logicalBlockBytes`
  /// @param logicalBlockBytes 512 or 4096
  /// @param physicalBlockBytes 512 or 4096
  public MemoryDevice(Loop loop, int sizeBytes, int logicalBlockBytes, int physicalBlockBytes) {
    this.loop = loop;
    this.content = ByteBuffer.allocate(sizeBytes);
    this.limits =
        new BlockLimits(
            sizeBytes, logicalBlockBytes, physicalBlockBytes, TRANSFER_BYTES_MAX, 1, true, false);
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    checkRange(offset, target.remaining());
    loop.execute(
        () -> {
          target.put(target.position(), content, (int) offset, target.remaining());
          completion.completed(IoResult.OK);
        });
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    checkRange(offset, source.remaining());
    loop.execute(
        () -> {
          content.put((int) offset, source, source.position(), source.remaining());
          completion.completed(IoResult.OK);
        });
  }

  @Override
  public void flush(Completion completion) {
    Check.that(!closed, "device is open");
    loop.execute(() -> completion.completed(IoResult.OK));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    writeZeroes(offset, length, durability, completion);
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    checkRange(offset, length);
    loop.execute(
        () -> {
          content.put((int) offset, new byte[(int) length]);
          completion.completed(IoResult.OK);
        });
  }

  @Override
  public void close(Completion completion) {
    Check.that(!closed, "closed once");
    closed = true;
    loop.execute(() -> completion.completed(IoResult.OK));
  }

  private void checkRange(long offset, long length) {
    Check.that(!closed, "device is open");
    Check.that(limits.contains(offset, length), "range inside the device", offset, length);
  }
}
