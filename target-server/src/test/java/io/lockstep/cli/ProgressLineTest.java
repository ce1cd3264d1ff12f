package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A bar on a terminal, a line now and then elsewhere.
@Tag("unit")
class ProgressLineTest {
  private final StringWriter printed = new StringWriter();
  private long nowNanos = Long.MIN_VALUE;

  private ProgressLine line(boolean onTerminal) {
    return new ProgressLine(new PrintWriter(printed), onTerminal, () -> nowNanos);
  }

  @Test
  void onATerminalOneLineIsDrawnAnew() {
    ProgressLine line = line(true);
    line.at("main", OptionalInt.of(50), ", 8 s left");
    line.at("main", OptionalInt.of(100), "");
    line.end();
    line.end();

    assertThat(printed)
        .hasToString(
            "\r\u001b[K[############------------]  50% main, 8 s left"
                + "\r\u001b[K[########################] 100% main"
                + "\r\u001b[K");
  }

  @Test
  void withoutATotalThereIsNoBar() {
    line(true).at("main", OptionalInt.empty(), ": 3M done");

    assertThat(printed).hasToString("\r\u001b[Kmain: 3M done");
  }

  @Test
  void elsewhereALineIsPrintedWhenThereIsNewsAndNowAndThen() {
    ProgressLine line = line(false);
    for (int percent = 0; percent < 25; percent++) {
      line.at("main", OptionalInt.of(percent), ", of 1G");
    }
    nowNanos += ProgressLine.SILENCE_NANOS_MAX - 1;
    line.at("main", OptionalInt.of(25), ", of 1G");
    nowNanos++;
    line.at("main", OptionalInt.of(26), ", of 1G");
    line.at("more", OptionalInt.empty(), ", 2M done");
    line.at("more", OptionalInt.empty(), ", 3M done");
    line.end();

    assertThat(printed.toString().lines())
        .containsExactly(
            "0% main, of 1G",
            "10% main, of 1G", "20% main, of 1G", "26% main, of 1G", "more, 2M done");
  }

  @Test
  void whatComesFromOutsideMovesNoCursor() {
    line(false).at("a\u001b[2Jb", OptionalInt.empty(), "");

    assertThat(printed.toString()).doesNotContain("\u001b");
  }
}
