package io.lockstep.block;

/// Time that counts on while the machine is suspended. A [Loop]'s clock stands still then, and its
/// timers with it: right for "how long may this operation take", wrong for "how long ago did the
/// other node say that", which may have gone on meanwhile. Monotonic, for differences only. Not to
/// be compared with a loop's.
@FunctionalInterface
public interface BootClock {
  /// Nanoseconds since some moment before this machine's start. Callable from any thread.
  long nowNanos();
}
