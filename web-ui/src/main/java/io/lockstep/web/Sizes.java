package io.lockstep.web;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sizes as people write and read them: binary units, `20G` is 20 GiB.
public final class Sizes {
  private static final Pattern WRITTEN =
      Pattern.compile("(\\+?)([0-9]{1,12})\\s*([KMGT]?)(?:i?B)?", Pattern.CASE_INSENSITIVE);
  private static final String UNITS = "KMGT";

  private Sizes() {}

  /// Reads `256M`, `20G`, `+4G` (more than `nowBytes`), or bytes; empty if it is none of them.
  static Optional<Long> parse(String text, long nowBytes) {
    Matcher matcher = WRITTEN.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String unit = matcher.group(3).toUpperCase(Locale.ROOT);
    int shift = unit.isEmpty() ? 0 : 10 * (UNITS.indexOf(unit) + 1);
    long number = Long.parseLong(matcher.group(2));
    if (number > Long.MAX_VALUE >> (shift + 1)) {
      return Optional.empty();
    }
    long bytes = number << shift;
    return Optional.of(matcher.group(1).isEmpty() ? bytes : nowBytes + bytes);
  }

  /// `256 MiB`, `1.5 GiB`.
  public static String shown(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int unit = -1;
    double value = bytes;
    while (value >= 1024 && unit < UNITS.length() - 1) {
      value /= 1024;
      unit++;
    }
    String number =
        value == Math.rint(value)
            ? String.format(Locale.ROOT, "%.0f", value)
            : String.format(Locale.ROOT, "%.1f", value);
    return number + " " + UNITS.charAt(unit) + "iB";
  }

  /// `3 s`, `12 min`, `2 h 5 min`.
  public static String duration(long seconds) {
    if (seconds < 0) {
      return "unknown";
    }
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 7200) {
      return seconds / 60 + " min";
    }
    return seconds / 3600 + " h " + seconds % 3600 / 60 + " min";
  }
}
