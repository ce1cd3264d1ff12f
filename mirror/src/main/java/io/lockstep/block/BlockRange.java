package io.lockstep.block;

/// A run of bytes on a device. Never empty, never negative, never overflows. Immutable.
///
/// @param offset first byte
/// @param length number of bytes, at least 1
public record BlockRange(long offset, long length) {
  public BlockRange {
    Check.that(offset >= 0, "offset >= 0", offset, 0);
    Check.that(length > 0, "length > 0", length, 0);
    Check.that(offset <= Long.MAX_VALUE - length, "no overflow", offset, length);
  }

  /// One past the last byte.
  public long end() {
    return offset + length;
  }

  public boolean overlaps(BlockRange other) {
    return offset < other.end() && other.offset < end();
  }

  public boolean contains(BlockRange other) {
    return offset <= other.offset && other.end() <= end();
  }

  public BlockRange shiftedBy(long delta) {
    return new BlockRange(offset + delta, length);
  }
}
