package io.lockstep.cli;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Waits for something outside this process.
final class Waiting {
  private static final long STEP_MILLIS = 50;

  private Waiting() {}

  /// Looks again and again, for at most `longest`.
  ///
  /// @return whether `condition` came true
  static boolean until(Duration longest, BooleanSupplier condition) throws InterruptedException {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > longest.toNanos()) {
        return false;
      }
      Thread.sleep(STEP_MILLIS);
    }
    return true;
  }
}
