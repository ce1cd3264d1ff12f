package io.lockstep.block.filter;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// Tells of each operation when it has ended: a line with its number in the order of beginning,
/// what it was, where, and how it ended. Never of what was read or written. Belongs to the loop.
public final class LogFilter implements BlockDevice {
  private final BlockDevice next;
  private final Consumer<String> lines;
  private long begun;

  /// @param lines is handed each line; it must not block
  public LogFilter(BlockDevice next, Consumer<String> lines) {
    this.next = next;
    this.lines = lines;
  }

  @Override
  public BlockLimits limits() {
    return next.limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    String what = "read" + at(offset, target.remaining(), Durability.WRITE_BACK);
    next.read(offset, target, told(what, completion));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    String what = "write" + at(offset, source.remaining(), durability);
    next.write(offset, source, durability, told(what, completion));
  }

  @Override
  public void flush(Completion completion) {
    next.flush(told("flush", completion));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    String what = "discard" + at(offset, length, durability);
    next.discard(offset, length, durability, told(what, completion));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    String what = "write zeroes" + at(offset, length, durability);
    next.writeZeroes(offset, length, durability, told(what, completion));
  }

  @Override
  public void close(Completion completion) {
    next.close(told("close", completion));
  }

  private static String at(long offset, long length, Durability durability) {
    return " " + offset + "+" + length + (durability == Durability.FUA ? " FUA" : "");
  }

  private Completion told(String what, Completion completion) {
    long number = ++begun;
    return result -> {
      lines.accept(number + " " + what + ": " + (result.isOk() ? "ok" : result));
      completion.completed(result);
    };
  }
}
