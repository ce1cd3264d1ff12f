package io.lockstep.web.store;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/// How much password hashing there is at a time. A hash takes 19 MiB of a heap of 192 MiB and a
/// good part of a second, and anybody who reaches the sign-in page can ask for one: so there is a
/// limit before it begins. Thread-safe.
///
/// Whoever sits at the machine itself waits in a line of their own, which strangers cannot fill.
public final class Hashing {
  /// Hashes at once.
  static final int AT_ONCE_MAX = 2;

  /// Who may wait in each of the two lines; one more is turned away at once.
  static final int WAITING_MAX = 16;

  /// How long one waits at most.
  public static final Duration WAIT_MAX = Duration.ofSeconds(10);

  private final Semaphore places = new Semaphore(AT_ONCE_MAX, true);
  private final Semaphore lineHere = new Semaphore(WAITING_MAX);
  private final Semaphore lineElsewhere = new Semaphore(WAITING_MAX);

  Hashing() {}

  /// The right to hash, for as long as the work that it was given to runs: what hashes asks for it.
  public static final class Place {
    private Place() {}
  }

  /// Does `work`, which hashes, once there is a place; empty if there is none in time.
  ///
  /// @param here whether somebody at this machine asks
  public <T> Optional<T> inPlace(boolean here, Function<Place, T> work) {
    Semaphore line = here ? lineHere : lineElsewhere;
    if (!line.tryAcquire()) {
      return Optional.empty();
    }
    try {
      if (!places.tryAcquire(WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        return Optional.empty();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      line.release();
    }
    try {
      return Optional.of(work.apply(new Place()));
    } finally {
      places.release();
    }
  }
}
