package io.lockstep.block;

/// The owner of changing state: one thread that runs tasks one after another. Production has the
/// event loops of Netty behind it, the simulation a [VirtualLoop].
public interface Loop {
  /// Runs `task` in a later turn of this loop, in the order of the calls. Callable from any thread.
  void execute(Runnable task);

  /// Runs `task` on this loop once `delayNanos` have passed. Callable from any thread.
  Timer schedule(Runnable task, long delayNanos);

  /// Monotonic time in nanoseconds; for differences only, never a date.
  long nowNanos();

  /// Whether the calling thread is this loop's.
  boolean isCurrent();

  /// A task that waits for its time.
  interface Timer {
    /// Keeps the task from running, if it has not begun. Idempotent; called on the loop.
    void cancel();
  }
}
