package io.lockstep.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A time as a person writes it: how long ago (`90s`, `30m`, `2h`, `7d`), or a date, or a date
/// and a time, of this machine's zone unless it names another.
record Since(Instant at) {
  private static final Pattern AGO = Pattern.compile("([0-9]{1,6})([smhd])");

  /// Reads an option.
  static final class Reader implements ITypeConverter<Since> {
    @Override
    public Since convert(String text) {
      Matcher ago = AGO.matcher(text);
      try {
        return new Since(
            ago.matches()
                ? Instant.now().minus(duration(Long.parseLong(ago.group(1)), ago.group(2)))
                : time(text.replace(' ', 'T')));
      } catch (DateTimeException e) {
        throw new TypeConversionException(
            "\"%s\" is no time; write 2h, 7d, 2026-11-30 or 2026-11-30T22:19:27+00:00"
                .formatted(text));
      }
    }
  }

  private static Duration duration(long count, String unit) {
    return switch (unit) {
      case "s" -> Duration.ofSeconds(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      default -> Duration.ofDays(count);
    };
  }

  private static Instant time(String text) {
    ZoneId here = ZoneId.systemDefault();
    if (!text.contains("T")) {
      return LocalDate.parse(text).atStartOfDay(here).toInstant();
    }
    boolean zoned = text.matches(".*T.*(Z|[+-][0-9:]+)");
    return zoned
        ? OffsetDateTime.parse(text).toInstant()
        : LocalDateTime.parse(text).atZone(here).toInstant();
  }
}
