package io.lockstep.mirror.resync;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How fast, and how long yet.
@Tag("unit")
class ResyncRateTest {
  private static final long MIB = 1 << 20;

  private final ResyncRate rate = new ResyncRate();
  private long lastNanos;

  @Test
  void theTimeLeftIsToldWhenEnoughWasMeasured() {
    rate.start(0);
    for (long millis = 100; millis < 2000; millis += 100) {
      at(millis, millis * MIB / 10);
      assertThat(secondsLeft(1000 * MIB)).as("after %d ms", millis).isEqualTo(-1);
      assertThat(rate.bytesPerSecond(lastNanos)).isEqualTo(100 * MIB);
    }
    assertThat(TimeUnit.MILLISECONDS.toNanos(2000)).isEqualTo(ResyncRate.MEASURED_NANOS_MIN);
    at(2000, 200 * MIB);
    assertThat(secondsLeft(1000 * MIB)).isEqualTo(10);
  }

  /// The window is longer than what must be measured: once told, it stays told.
  @Test
  void itStaysTold() {
    rate.start(0);
    for (long millis = 2000; millis < 30_000; millis += 50) {
      at(millis, millis * MIB / 10);
      assertThat(secondsLeft(1000 * MIB)).as("after %d ms", millis).isEqualTo(10);
    }
  }

  @Test
  void whatDoesNotMoveHasNoEnd() {
    rate.start(0);
    at(5000, 0);
    assertThat(secondsLeft(MIB)).isEqualTo(-1);
  }

  /// While a link is cut or a disk stands still, nothing is done, and nobody is told otherwise.
  @Test
  void itFallsToNothingWhileTheResyncStandsStill() {
    rate.start(0);
    for (long millis = 100; millis <= 10_000; millis += 100) {
      at(millis, millis * MIB / 10);
    }
    long before = rate.bytesPerSecond(lastNanos);
    long last = lastNanos;
    lastNanos = last + TimeUnit.SECONDS.toNanos(3);
    assertThat(rate.bytesPerSecond(lastNanos)).isBetween(1L, before * 2 / 3);
    assertThat(secondsLeft(1000 * MIB)).isGreaterThan(10);

    lastNanos = last + ResyncRate.STILL_NANOS_MIN + 1;
    assertThat(rate.bytesPerSecond(lastNanos)).isZero();
    assertThat(secondsLeft(1000 * MIB)).isEqualTo(-1);

    at(20_000, 1010 * MIB);
    assertThat(rate.bytesPerSecond(lastNanos)).isPositive();
  }

  /// Over a slow link the blocks of a batch become good together, many seconds apart.
  @Test
  void changesThatComeFarApartAreNoStandstill() {
    rate.start(0);
    for (long seconds = 13; seconds < 200; seconds += 13) {
      at(seconds * 1000, seconds * MIB);
      lastNanos += TimeUnit.SECONDS.toNanos(12);
      assertThat(rate.bytesPerSecond(lastNanos)).isEqualTo(MIB);
    }
    lastNanos += TimeUnit.SECONDS.toNanos(30);
    assertThat(rate.bytesPerSecond(lastNanos)).isZero();
  }

  private long secondsLeft(long leftBytes) {
    return rate.secondsLeft(leftBytes, lastNanos);
  }

  private void at(long millis, long doneBytes) {
    lastNanos = TimeUnit.MILLISECONDS.toNanos(millis);
    rate.done(lastNanos, doneBytes);
  }
}
