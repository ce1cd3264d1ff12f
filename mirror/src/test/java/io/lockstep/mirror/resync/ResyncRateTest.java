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

  @Test
  void theTimeLeftIsToldWhenEnoughWasMeasured() {
    rate.start(0);
    for (long millis = 100; millis < 2000; millis += 100) {
      at(millis, millis * MIB / 10);
      assertThat(rate.secondsLeft(1000 * MIB)).as("after %d ms", millis).isEqualTo(-1);
      assertThat(rate.bytesPerSecond()).isEqualTo(100 * MIB);
    }
    assertThat(TimeUnit.MILLISECONDS.toNanos(2000)).isEqualTo(ResyncRate.MEASURED_NANOS_MIN);
    at(2000, 200 * MIB);
    assertThat(rate.secondsLeft(1000 * MIB)).isEqualTo(10);
  }

  /// The window is longer than what must be measured: once told, it stays told.
  @Test
  void itStaysTold() {
    rate.start(0);
    for (long millis = 2000; millis < 30_000; millis += 50) {
      at(millis, millis * MIB / 10);
      assertThat(rate.secondsLeft(1000 * MIB)).as("after %d ms", millis).isEqualTo(10);
    }
  }

  @Test
  void whatDoesNotMoveHasNoEnd() {
    rate.start(0);
    at(5000, 0);
    assertThat(rate.secondsLeft(MIB)).isEqualTo(-1);
  }

  private void at(long millis, long doneBytes) {
    rate.done(TimeUnit.MILLISECONDS.toNanos(millis), doneBytes);
  }
}
