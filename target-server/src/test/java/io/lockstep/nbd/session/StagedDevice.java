package io.lockstep.nbd.session;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A device whose operations end when a test says so, and as it says.
final class StagedDevice implements BlockDevice {
  final List<Operation> underWay = new ArrayList<>();
  final List<String> begun = new ArrayList<>();
  private BlockLimits limits;

  /// Something that was asked for.
  static final class Operation {
    final String what;
    private final Completion completion;

    private Operation(String what, Completion completion) {
      this.what = what;
      this.completion = completion;
    }
  }

  StagedDevice(BlockLimits limits) {
    this.limits = limits;
  }

  void resize(long sizeBytes) {
    limits = limits.withSizeBytes(sizeBytes);
  }

  /// The oldest operation ends.
  void end(IoResult result) {
    underWay.removeFirst().completion.completed(result);
  }

  void endAll() {
    while (!underWay.isEmpty()) {
      end(IoResult.OK);
    }
  }

  private void begin(String what, Completion completion) {
    begun.add(what);
    underWay.add(new Operation(what, completion));
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    for (int at = target.position(); at < target.limit(); at++) {
      target.put(at, (byte) 1);
    }
    begin("read %d+%d".formatted(offset, target.remaining()), completion);
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    begin("write %d+%d %s".formatted(offset, source.remaining(), durability), completion);
  }

  @Override
  public void flush(Completion completion) {
    begin("flush", completion);
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    begin("discard %d+%d %s".formatted(offset, length, durability), completion);
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    begin("zero %d+%d %s".formatted(offset, length, durability), completion);
  }

  @Override
  public void close(Completion completion) {
    begin("close", completion);
  }
}
