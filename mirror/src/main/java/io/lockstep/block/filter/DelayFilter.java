package io.lockstep.block.filter;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Ends every operation later than the device below did, each by a delay of its own: a slow disk,
/// or one that reorders. Belongs to the loop.
public final class DelayFilter implements BlockDevice {
  private final BlockDevice next;
  private final Loop loop;
  private final LongSupplier delayNanos;
  private int delayed;
  private boolean closed;
  private @Nullable Completion closing;

  /// @param delayNanos asked once for each operation, 0 or more
  public DelayFilter(BlockDevice next, Loop loop, LongSupplier delayNanos) {
    this.next = next;
    this.loop = loop;
    this.delayNanos = delayNanos;
  }

  @Override
  public BlockLimits limits() {
    return next.limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    next.read(offset, target, later(completion));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    next.write(offset, source, durability, later(completion));
  }

  @Override
  public void flush(Completion completion) {
    next.flush(later(completion));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    next.discard(offset, length, durability, later(completion));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    next.writeZeroes(offset, length, durability, later(completion));
  }

  /// Closes the device below once everything delayed has ended.
  @Override
  public void close(Completion completion) {
    Check.that(!closed, "closed once");
    closed = true;
    closing = completion;
    closeIfIdle();
  }

  private Completion later(Completion completion) {
    Check.that(!closed, "the device is open");
    delayed++;
    return result -> loop.schedule(() -> end(completion, result), delayNanos.getAsLong());
  }

  private void end(Completion completion, IoResult result) {
    delayed--;
    completion.completed(result);
    closeIfIdle();
  }

  private void closeIfIdle() {
    Completion waiting = closing;
    if (waiting != null && delayed == 0) {
      closing = null;
      next.close(waiting);
    }
  }
}
