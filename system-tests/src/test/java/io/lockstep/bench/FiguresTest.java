package io.lockstep.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How single measurements become the figures that are printed.
@Tag("unit")
class FiguresTest {
  @TempDir private Path temp = Path.of("");

  @Test
  void theMiddleRoundCounts() {
    assertThat(Spread.of(3, 1, 2)).isEqualTo(new Spread(2, 1, 3));
    assertThat(Spread.of(4, 1, 2, 3)).isEqualTo(new Spread(2.5, 1, 4));
    assertThat(Spread.of(7)).isEqualTo(new Spread(7, 7, 7));
    assertThat(Spread.of(0.984, 1.012, 0.5).text(2)).isEqualTo("0.98 (0.50-1.01)");
  }

  @Test
  void latenciesAreSharesOfAll() {
    Latencies latencies = new Latencies();
    Latencies others = new Latencies();
    for (int i = 1; i <= 50_000; i++) {
      latencies.add(TimeUnit.MICROSECONDS.toNanos(i));
      others.add(TimeUnit.MICROSECONDS.toNanos(i + 50_000L));
    }
    latencies.addAll(others);
    latencies.elapsed(TimeUnit.SECONDS.toNanos(20));
    assertThat(latencies.count()).isEqualTo(100_000);
    assertThat(latencies.perSecond()).isEqualTo(5000);
    assertThat(latencies.micros(0.5)).isEqualTo(50_001);
    assertThat(latencies.micros(0.99)).isEqualTo(99_001);
    assertThat(new Latencies().micros(0.5)).isZero();
  }

  @Test
  void aRatioIsOfFiguresOfTheSameRound() throws IOException {
    Counting first = new Counting(300, 100, 200);
    Counting second = new Counting(100, 100, 50);
    Measured one = Measured.file(() -> first);
    Measured other = Measured.file(() -> second);
    for (int round = 0; round < 3; round++) {
      one.run(round, Load.ALL[0], TimeUnit.SECONDS.toNanos(1));
      other.run(round, Load.ALL[0], TimeUnit.SECONDS.toNanos(1));
    }
    assertThat(one.spread(Load.ALL[0], Measured.Figure.PER_SECOND))
        .isEqualTo(new Spread(200, 100, 300));
    assertThat(one.ratio(Load.ALL[0], other)).isEqualTo(new Spread(3, 1, 4));
  }

  @Test
  void aPlainFileIsReadAndWrittenInWholeBlocks() throws IOException {
    Path path = temp.resolve("plain");
    try (PlainFile file = new PlainFile(path, 3 << 20)) {
      file.fill();
      assertThat(path).hasSize(3 << 20);
      for (Load load : Load.ALL) {
        file.run(load, 1);
      }
      assertThat(path).hasSize(3 << 20);
    }
  }

  /// Says for each round how many I/Os it has done in a second.
  private static final class Counting implements Subject {
    private final int[] counts;
    private int round;

    Counting(int... counts) {
      this.counts = counts;
    }

    @Override
    public Latencies run(Load load, long nanos) {
      Latencies latencies = new Latencies();
      for (int i = 0; i < counts[round]; i++) {
        latencies.add(1000);
      }
      round++;
      latencies.elapsed(nanos);
      return latencies;
    }

    @Override
    public void fill() {}

    @Override
    public void close() {}
  }
}
