package io.lockstep.block.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BootClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The kernel's clock is the one it should be: `/proc/uptime` counts a suspend too.
@Tag("unit")
class KernelClockTest {
  private final BootClock clock = ((KernelClock.Opened.Ready) KernelClock.open()).clock();

  @Test
  void itIsTheTimeSinceTheMachinesStart() throws IOException {
    long before = clock.nowNanos();
    long uptime = uptimeNanos();
    long after = clock.nowNanos();
    long hundredth = TimeUnit.MILLISECONDS.toNanos(10); // The kernel tells it to two digits.
    assertThat(uptime).isBetween(before - hundredth, after + hundredth);
  }

  @Test
  void itNeverGoesBack() {
    long last = clock.nowNanos();
    for (int count = 0; count < 10_000; count++) {
      long now = clock.nowNanos();
      assertThat(now).isGreaterThanOrEqualTo(last);
      last = now;
    }
  }

  private static long uptimeNanos() throws IOException {
    String seconds = Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0];
    return Math.round(Double.parseDouble(seconds) * 1e9);
  }
}
