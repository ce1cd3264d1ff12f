package io.lockstep.block;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A disk that can lose power: a write is remembered sector by sector until a flush, and a crash
/// keeps whatever part of the sectors not flushed a test chooses, in any order. Dies silently after
/// a chosen number of operations: nothing more reaches it and nothing more completes.
public final class CrashDevice implements BlockDevice {
  private static final int SECTOR_BYTES = 512;

  private final Loop loop;
  private final BlockLimits limits;
  private final byte[] stable;
  private final List<Write> unflushed = new ArrayList<>();
  private int operationsLeft = Integer.MAX_VALUE;
  private int operationCount;

  @SuppressWarnings("ArrayRecordComponent")
  private record Write(long offset, byte[] bytes) {}

  public CrashDevice(Loop loop, byte[] content) {
    this.loop = loop;
    this.stable = content.clone();
    this.limits = new BlockLimits(content.length, 512, 4096, 128 << 10, 1, false, true);
  }

  /// Lets `count` more writes and flushes happen, then the power is gone.
  public void dieAfter(int count) {
    operationsLeft = count;
  }

  /// Writes and flushes that have happened.
  public int operationCount() {
    return operationCount;
  }

  public boolean isDead() {
    return operationsLeft == 0;
  }

  /// What lies on the disk after the crash: of each unflushed write, each sector by the toss of a
  /// coin weighted by `keepOfEight`, later and earlier ones alike.
  public byte[] afterCrash(SplittableRandom random, int keepOfEight) {
    byte[] content = stable.clone();
    for (Write write : unflushed) {
      for (int at = 0; at < write.bytes.length; at += SECTOR_BYTES) {
        if (random.nextInt(8) < keepOfEight) {
          System.arraycopy(write.bytes, at, content, (int) write.offset + at, SECTOR_BYTES);
        }
      }
    }
    return content;
  }

  /// What lies on the disk if of the unflushed writes exactly those of `mask` arrived.
  public byte[] afterCrash(int mask) {
    byte[] content = stable.clone();
    for (int index = 0; index < unflushed.size(); index++) {
      if (((mask >> index) & 1) != 0) {
        Write write = unflushed.get(index);
        System.arraycopy(write.bytes, 0, content, (int) write.offset, write.bytes.length);
      }
    }
    return content;
  }

  public int unflushedCount() {
    return unflushed.size();
  }

  /// What a reader sees now.
  public byte[] content() {
    return afterCrash(-1);
  }

  private boolean happens() {
    if (operationsLeft == 0) {
      return false;
    }
    operationsLeft--;
    operationCount++;
    return true;
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    Check.that(limits.contains(offset, target.remaining()), "range inside the device");
    byte[] content = content();
    target.put(target.position(), content, (int) offset, target.remaining());
    loop.execute(() -> completion.completed(IoResult.OK));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    Check.that(limits.contains(offset, source.remaining()), "range inside the device");
    Check.that(source.remaining() <= limits.transferBytesMax(), "transfer");
    Check.that(durability == Durability.WRITE_BACK, "only plain writes are used here");
    var bytes = new byte[source.remaining()];
    source.get(source.position(), bytes);
    if (happens()) {
      unflushed.add(new Write(offset, bytes));
      loop.execute(() -> completion.completed(IoResult.OK));
    }
  }

  @Override
  public void flush(Completion completion) {
    if (happens()) {
      byte[] content = content();
      System.arraycopy(content, 0, stable, 0, content.length);
      unflushed.clear();
      loop.execute(() -> completion.completed(IoResult.OK));
    }
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    throw new AssertionError("not offered");
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    throw new AssertionError("not used here");
  }

  @Override
  public void close(Completion completion) {
    loop.execute(() -> completion.completed(IoResult.OK));
  }
}
