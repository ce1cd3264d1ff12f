package io.lockstep.block.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.VirtualLoop;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Whoever tries again and again fills no log, and is not forgotten either.
@Tag("unit")
final class RefusedLoginsTest {
  private final VirtualLoop loop = new VirtualLoop();
  private final List<String> lines = new ArrayList<>();
  private final RefusedLogins refused = new RefusedLogins(loop, "login", lines::add);

  private void tries(String host, int times) {
    for (int time = 0; time < times; time++) {
      refused.refused(
          InetSocketAddress.createUnresolved(host, 1000 + time),
          "iqn.x:" + time,
          "0203",
          "no t" + time);
    }
  }

  private void after(long minutes) {
    loop.advance(TimeUnit.MINUTES.toNanos(minutes));
  }

  @Test
  void aHostThatTriesAgainIsALineAndASum() {
    tries("h1", 500);
    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst()).contains("iqn.x:0: login refused (0203): no t0");
    after(1);

    assertThat(lines).hasSize(2);
    assertThat(lines.getLast())
        .startsWith("499 more logins were refused within 60 s, the last one: ")
        .endsWith("no t499");
  }

  @Test
  void aDayOfTriesIsAFewLines() {
    for (int minute = 0; minute < 24 * 60; minute++) {
      tries("h1", 60);
      after(1);
    }

    assertThat(lines).hasSizeBetween(20, 30);
  }

  @Test
  void manyAddressesAreNotManyLines() {
    for (int host = 0; host < 1000; host++) {
      tries("h" + host, 1);
    }
    after(1);

    assertThat(lines).hasSize(RefusedLogins.LINES_MAX + 1);
    assertThat(lines.getLast()).startsWith("980 more logins");
  }

  @Test
  void afterAQuietTimeTheNextOneIsALineAgain() {
    tries("h1", 2);
    after(30);
    tries("h1", 1);

    assertThat(lines).hasSize(3);
    assertThat(loop.nowNanos()).isPositive();
  }
}
