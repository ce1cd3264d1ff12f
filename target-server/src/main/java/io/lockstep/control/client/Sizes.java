package io.lockstep.control.client;

import io.lockstep.block.ByteSize;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sizes and time spans as people write and read them, for CLI and console. Units are binary:
/// `256M`, and `256 MiB` as [ByteSize] spells it, are 256 * 1024 * 1024. Pure.
public final class Sizes {
  /// What to write instead of a bad size.
  public static final String HINT =
      "write a number with K, M, G or T (binary), for example 20G, 1.5T or 512M";

  private static final String UNITS = "KMGTP";
  private static final Pattern SIZE =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,18}(?= ?[KMGTP]))?)(?: ?([KMGTP])(?:I?B)?| ?B)?");

  private Sizes() {}

  /// The bytes that `text` means, a part of one rounded up; empty if it means none, or more than
  /// can be counted.
  public static OptionalLong parse(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    int shift =
        Optional.ofNullable(matcher.group(2)).map(unit -> 10 * (UNITS.indexOf(unit) + 1)).orElse(0);
    BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(1L << shift));
    return bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
        ? OptionalLong.empty()
        : OptionalLong.of(bytes.setScale(0, RoundingMode.CEILING).longValue());
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

  /// As [ByteSize#text] spells it, for the console, which knows the clients only.
  public static String text(long bytes) {
    return ByteSize.text(bytes);
  }

  /// What to add when a size that was asked for was rounded up: " (3 MiB, rounded up)"; else
  /// nothing.
  public static String rounded(long wantedBytes, long bytes) {
    return bytes > wantedBytes ? " (" + ByteSize.exact(wantedBytes) + ", rounded up)" : "";
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
