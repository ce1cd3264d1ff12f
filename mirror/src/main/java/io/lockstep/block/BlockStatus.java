package io.lockstep.block;

/// What a [BlockDevice] knows of the beginning of a range without reading it. Immutable.
///
/// @param length how much of the range it is about, from its first byte on; at least 1
/// @param zeroes whether that surely reads as zeroes; if not, nothing is known of it
public record BlockStatus(long length, boolean zeroes) {
  public BlockStatus {
    Check.that(length > 0, "about something", length, 1);
  }

  /// It may hold anything.
  public static BlockStatus data(long length) {
    return new BlockStatus(length, false);
  }

  /// It is a hole.
  public static BlockStatus hole(long length) {
    return new BlockStatus(length, true);
  }
}
