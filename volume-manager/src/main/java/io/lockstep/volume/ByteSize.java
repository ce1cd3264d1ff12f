package io.lockstep.volume;

/// Sizes for people's eyes.
final class ByteSize {
  private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private ByteSize() {}

  /// The exact size in the largest unit that divides it: 4 MiB, 1025 KiB.
  static String text(long bytes) {
    int unit = 0;
    long value = bytes;
    while (value > 0 && value % 1024 == 0 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    return value + " " + UNITS[unit];
  }
}
