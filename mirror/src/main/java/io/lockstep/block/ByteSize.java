package io.lockstep.block;

import java.util.Locale;

/// The one spelling of sizes: binary units, a space, `256 MiB`. Pure.
public final class ByteSize {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private ByteSize() {}

  /// For tables and most sentences, in the largest unit that fits, whole where it is whole and with
  /// one decimal otherwise: `256 MiB`, `1.5 GiB`, `0 B`.
  public static String text(long bytes) {
    int unit = 0;
    double value = bytes;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    String number = String.format(Locale.ROOT, "%.1f", value).replaceFirst("\\.0$", "");
    return number + " " + UNITS[unit];
  }

  /// For sentences that compare, exactly, in the largest unit that divides it: `4 MiB`, `1025 KiB`.
  public static String exact(long bytes) {
    int unit = 0;
    long value = bytes;
    while (value > 0 && value % 1024 == 0 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return value + " " + UNITS[unit];
  }
}
