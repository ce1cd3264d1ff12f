package io.lockstep.volume;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A device that does an operation when the test says so, and writes down what it was asked.
final class HandDevice implements BlockDevice {
  final List<String> asked = new ArrayList<>();
  final List<Pending> pending = new ArrayList<>();

  private final Loop loop;
  private final BlockLimits limits;
  private final byte[] content;

  HandDevice(Loop loop, int sizeBytes, int bufferAlignmentBytes) {
    this.loop = loop;
    this.content = new byte[sizeBytes];
    this.limits = new BlockLimits(sizeBytes, 512, 4096, 1 << 20, bufferAlignmentBytes, true, true);
  }

  /// An operation that waits for the test.
  record Pending(Runnable effect, Completion completion) {}

  /// Lets the operation at `index` end.
  void finish(int index, IoResult result) {
    Pending operation = pending.remove(index);
    if (result.isOk()) {
      operation.effect().run();
    }
    loop.execute(() -> operation.completion().completed(result));
  }

  void finishAll() {
    while (!pending.isEmpty()) {
      finish(0, IoResult.OK);
    }
  }

  byte[] content() {
    return content;
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    checkBuffer(offset, target);
    ask(
        "read " + offset + " " + target.remaining(),
        () -> target.put(target.position(), content, (int) offset, target.remaining()),
        completion);
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    checkBuffer(offset, source);
    ask(
        "write " + offset + " " + source.remaining() + " " + durability,
        () -> source.get(source.position(), content, (int) offset, source.remaining()),
        completion);
  }

  @Override
  public void flush(Completion completion) {
    ask("flush", () -> {}, completion);
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    Check.that(limits.contains(offset, length), "inside", offset, length);
    ask(
        "discard " + offset + " " + length + " " + durability,
        () -> zero(offset, length),
        completion);
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    Check.that(limits.contains(offset, length), "inside", offset, length);
    ask("zero " + offset + " " + length + " " + durability, () -> zero(offset, length), completion);
  }

  @Override
  public void close(Completion completion) {
    throw new AssertionError("a volume does not close the device below");
  }

  private void zero(long offset, long length) {
    Arrays.fill(content, (int) offset, (int) (offset + length), (byte) 0);
  }

  private void ask(String what, Runnable effect, Completion completion) {
    asked.add(what);
    pending.add(new Pending(effect, completion));
  }

  private void checkBuffer(long offset, ByteBuffer buffer) {
    Check.that(limits.contains(offset, buffer.remaining()), "inside", offset, buffer.remaining());
    int alignment = limits.bufferAlignmentBytes();
    Check.that(
        alignment == 1 || buffer.alignmentOffset(buffer.position(), alignment) == 0,
        "the buffer is aligned");
  }
}
