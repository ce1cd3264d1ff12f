package io.lockstep.control.client;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sizes and time spans as people write and read them, for CLI and console. Units are binary:
/// `256M` is 256 * 1024 * 1024. Pure.
public final class Sizes {
  /// What to write instead of a bad size.
  public static final String HINT =
      "write a number with K, M, G or T (binary), for example 20G or 512M";

  private static final String UNITS = "KMGTP";
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})(?: ?([KMGTP])(?:I?B)?|B)?");

  private Sizes() {}

  /// The bytes that `text` means; empty if it means none or more than a long can hold.
  public static OptionalLong parse(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
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

  /// The same, or with a plus how much more than `nowBytes`.
  public static OptionalLong parse(String text, long nowBytes) {
    String stripped = text.strip();
    boolean relative = stripped.startsWith("+");
    OptionalLong bytes = parse(relative ? stripped.substring(1) : stripped);
    if (!relative || bytes.isEmpty()) {
      return bytes;
    }
    return bytes.getAsLong() > Long.MAX_VALUE - nowBytes
        ? OptionalLong.empty()
        : OptionalLong.of(nowBytes + bytes.getAsLong());
  }

  /// For a table: `256M`, `1.5G`, `0`.
  public static String text(long bytes) {
    return bytes < 1024 ? Long.toString(bytes) : inUnit(bytes, "");
  }

  /// For a sentence: `256 MiB`, `1.5 GiB`, `0 B`.
  public static String shown(long bytes) {
    return bytes < 1024 ? bytes + " B" : inUnit(bytes, " ") + "iB";
  }

  /// Whole where it is whole, one decimal otherwise.
  private static String inUnit(long bytes, String gap) {
    int unit = -1;
    double value = bytes;
    while (value >= 1024 && unit < UNITS.length() - 1) {
      value /= 1024;
      unit++;
    }
    String number = String.format(Locale.ROOT, "%.1f", value).replaceFirst("\\.0$", "");
    return number + gap + UNITS.charAt(unit);
  }

  /// `3 s`, `12 min`, `2 h 5 min`; "unknown" if it is negative.
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
