package io.lockstep.block.filter;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Ends every operation later than the device below did, each by a delay of its own: a slow disk,
/// or one that reorders. Belongs to the loop.
public final class DelayFilter extends Filter {
  private final Loop loop;
  private final LongSupplier delayNanos;
  private int delayed;
  private boolean closed;
  private @Nullable Completion closing;

  /// @param delayNanos asked once for each operation, 0 or more
  public DelayFilter(BlockDevice next, Loop loop, LongSupplier delayNanos) {
    super(next);
    this.loop = loop;
    this.delayNanos = delayNanos;
  }

  /// Closes the device below once everything delayed has ended.
  @Override
  public void close(Completion completion) {
    Check.that(!closed, "closed once");
    closed = true;
    closing = completion;
    closeIfIdle();
  }

  @Override
  protected Completion ending(Completion completion) {
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
