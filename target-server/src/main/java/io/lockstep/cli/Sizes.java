package io.lockstep.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sizes as people write them: binary units, `256M` is 256 * 1024 * 1024. Pure.
final class Sizes {
  private static final String UNITS = "KMGTP";
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})(?:([KMGTP])(?:i?B)?|B)?");

  /// What to write instead of a bad size.
  static final String HINT = "write a number with K, M, G or T (binary), for example 20G or 512M";

  private Sizes() {}

  /// The bytes that `text` means; empty if it means none or more than a long can hold.
  static OptionalLong parse(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT).replace("IB", "iB"));
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    int shift =
        Optional.ofNullable(matcher.group(2)).map(unit -> 10 * (UNITS.indexOf(unit) + 1)).orElse(0);
    long number = Long.parseLong(matcher.group(1));
    return number > Long.MAX_VALUE >> shift
        ? OptionalLong.empty()
        : OptionalLong.of(number << shift);
  }

  /// Whole where it is whole, one decimal otherwise: `256M`, `1.5G`, `0`.
  static String text(long bytes) {
    int unit = -1;
    double value = bytes;
    while (value >= 1024 && unit < UNITS.length() - 1) {
      value /= 1024;
      unit++;
    }
    if (unit < 0) {
      return Long.toString(bytes);
    }
    String number = String.format(Locale.ROOT, "%.1f", value);
    return number.replaceFirst("\\.0$", "") + UNITS.charAt(unit);
  }

  /// A time span for people: `12 s`, `3 min`, `2 h`.
  static String seconds(long seconds) {
    if (seconds < 120) {
      return seconds + " s";
    }
    return seconds < 7200 ? seconds / 60 + " min" : seconds / 3600 + " h";
  }
}
