package io.lockstep.block.ring;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.lockstep.block.BootClock;
import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;

/// The kernel's CLOCK_BOOTTIME, which the JDK has no face for: [System#nanoTime] is
/// CLOCK_MONOTONIC, and stands still while the machine is suspended. Thread-safe.
public final class KernelClock implements BootClock {
  /// `clock_gettime(2)`, the same number on all of Linux.
  private static final int CLOCK_BOOTTIME = 7;

  private static final MethodHandle CLOCK_GETTIME = clockGettime();

  private KernelClock() {}

  /// What came of opening it.
  public sealed interface Opened {
    /// It runs.
    record Ready(BootClock clock) implements Opened {}

    /// This machine has none.
    record Refused(Refusal refusal) implements Opened {}
  }

  /// Asks the kernel once: what answers then answers always.
  public static Opened open() {
    return read() < 0
        ? new Opened.Refused(
            new Refusal(
                "No clock of this machine counts through a suspend",
                "its kernel has no CLOCK_BOOTTIME",
                "run Linux 2.6.39 or later"))
        : new Opened.Ready(new KernelClock());
  }

  @Override
  public long nowNanos() {
    long now = read();
    Check.that(now >= 0, "CLOCK_BOOTTIME is there", now, 0);
    return now;
  }

  /// @return nanoseconds, or -1 if there is no such clock
  private static long read() {
    try (Arena local = Arena.ofConfined()) {
      MemorySegment timespec = local.allocate(2 * Long.BYTES, Long.BYTES);
      if ((int) CLOCK_GETTIME.invokeExact(CLOCK_BOOTTIME, timespec) != 0) {
        return -1;
      }
      return TimeUnit.SECONDS.toNanos(timespec.get(JAVA_LONG, 0))
          + timespec.get(JAVA_LONG, Long.BYTES);
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle clockGettime() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("clock_gettime"),
        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  }
}
