package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

/// A time as a person writes it.
@Tag("unit")
final class SinceTest {
  private final Since.Reader reader = new Since.Reader();

  private Instant at(String text) {
    return reader.convert(text).at();
  }

  @Test
  void aSpanADayOrATimeIsRead() {
    Instant now = Instant.now();
    var soon = within(60, ChronoUnit.SECONDS);
    assertThat(at("2h")).isCloseTo(now.minus(Duration.ofHours(2)), soon);
    assertThat(at("7d")).isCloseTo(now.minus(Duration.ofDays(7)), soon);
    assertThat(at("2026-11-30"))
        .isEqualTo(LocalDate.of(2026, 11, 30).atStartOfDay(ZoneId.systemDefault()).toInstant());
    assertThat(at("2026-11-30T22:19:27+00:00")).isEqualTo("2026-11-30T22:19:27Z");
    assertThat(at("2026-11-30 22:19:27Z")).isEqualTo("2026-11-30T22:19:27Z");
  }

  @Test
  void whatIsNoTimeIsRefusedWithExamples() {
    for (String text : new String[] {"yesterday", "2x", "2026-13-01", ""}) {
      assertThatThrownBy(() -> at(text))
          .isInstanceOf(TypeConversionException.class)
          .hasMessage(
              "\"%s\" is no time; write 2h, 7d, 2026-11-30 or 2026-11-30T22:19:27+00:00"
                  .formatted(text));
    }
  }
}
