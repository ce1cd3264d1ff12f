package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A line of the log begins with a time that the program wrote. A line break in a target's name, in
/// a login that anybody may try, made a line of its own.
@Tag("unit")
final class LogLineTest {
  private static final Path RESOURCES = Path.of("src", "main", "resources");
  private static final Pattern PATTERN = Pattern.compile("<pattern>(.*)</pattern>");

  private static String logged(String message, @Nullable Throwable cause) throws IOException {
    List<String> patterns = new ArrayList<>();
    for (String name : List.of("logback.xml", "logback-file.xml")) {
      Matcher pattern = PATTERN.matcher(Files.readString(RESOURCES.resolve(name)));
      assertThat(pattern.find()).isTrue();
      patterns.add(pattern.group(1));
    }
    assertThat(patterns)
        .as("standard output and file have one layout")
        .containsOnly(patterns.getFirst());
    var context = new LoggerContext();
    var layout = new PatternLayout();
    layout.setContext(context);
    layout.setPattern(patterns.getFirst());
    layout.start();
    var logger = context.getLogger("io.lockstep.iscsi.Connection");
    return layout.doLayout(
        new LoggingEvent(LogLineTest.class.getName(), logger, Level.INFO, message, cause, null));
  }

  @Test
  void aMessageIsOneLineWhateverIsInIt() throws IOException {
    assertThat(logged("no target iqn.x:a\n2026-01-01 error\r\nb\u0085c\u2028d", null))
        .endsWith("INFO  Connection: no target iqn.x:a\\n2026-01-01 error\\nb\\nc\\nd\n")
        .hasLineCount(1);
  }

  @Test
  void itBeginsWithATimeThatHasAZone() throws IOException {
    assertThat(logged("a", null))
        .matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[.]\\d{3}[+-]\\d\\d:\\d\\d INFO .*\n");
  }

  @Test
  void aLineHasAnEnd() throws IOException {
    assertThat(logged("x".repeat(100_000), null)).hasSizeBetween(4000, 4100).endsWith("x\n");
  }

  @Test
  void nothingInItMovesTheCursorOrTurnsTheText() throws IOException {
    assertThat(logged("a\u001b[2Kb\u0000c\u202ed", null)).endsWith(": a?[2Kb?c?d\n");
  }

  @Test
  void otherTextIsAsItWasWritten() throws IOException {
    assertThat(logged("Gr\u00fc\u00dfe, 50 % of C:\\n", null))
        .endsWith(": Gr\u00fc\u00dfe, 50 % of C:\\n\n");
  }

  @Test
  void theLinesOfAStackTraceDoNotLookLikeEvents() throws IOException {
    String text = logged("ended", new IOException("bad frame\n2026-01-01 00:00:00.000 ERROR x"));
    String[] lines = text.split("\n");
    assertThat(lines[0]).endsWith("Connection: ended");
    for (int at = 1; at < lines.length; at++) {
      assertThat(lines[at]).startsWith("  ");
    }
    assertThat(text).contains("  java.io.IOException: bad frame").contains("LogLineTest");
  }
}
