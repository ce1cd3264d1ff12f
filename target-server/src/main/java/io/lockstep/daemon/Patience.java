package io.lockstep.daemon;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;

/// Waits for work that may take long, and says now and then that it goes on.
final class Patience {
  /// Between two lines for people.
  static final Duration STEP = Duration.ofSeconds(10);

  private Patience() {}

  /// What `end` comes to.
  ///
  /// @param goesOn told after each `step` how many seconds it has gone on
  static <T> T until(CompletableFuture<T> end, Duration step, LongConsumer goesOn) {
    for (int steps = 1; ; steps++) {
      try {
        return end.get(step.toNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        goesOn.accept(step.multipliedBy(steps).toSeconds());
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException("the wait for long work broke off", e);
      }
    }
  }
}
