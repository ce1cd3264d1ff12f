package io.lockstep.mirror.resync;

import io.lockstep.mirror.meta.Bitmap;

/// How long a range of a resync may be that is known to be zero: nobody reads or sends it, so what
/// counts is how long the target takes to make it zero, while writes of hosts wait. A disk that
/// makes holes takes long ranges, one that has to write zeroes short ones; the answers tell which.
final class ZeroLength {
  /// No range is longer.
  static final long BYTES_MAX = 1L << 30;

  /// An answer that comes sooner lets ranges grow, one that comes later than [#LATE_NANOS] shrink.
  static final long SOON_NANOS = 50_000_000L;

  static final long LATE_NANOS = 200_000_000L;

  private final long bytesMin;
  private long bytes;

  /// @param bytesMin as long as a range that is read and sent
  ZeroLength(long bytesMin) {
    this.bytesMin = bytesMin;
    this.bytes = bytesMin;
  }

  /// The target has made a range zero.
  void took(long nanos) {
    if (nanos < SOON_NANOS) {
      bytes = Math.min(BYTES_MAX, bytes * 2);
    } else if (nanos > LATE_NANOS) {
      bytes = Math.max(bytesMin, bytes / 2);
    }
  }

  int blocksMax() {
    return (int) Math.max(1, bytes / Bitmap.BLOCK_BYTES);
  }
}
