package io.lockstep.node;

/// When a volume gets its size at once, and how a job goes on otherwise.
///
/// @param atOnceBytes so much is zeroed before the answer
/// @param cheapAtOnceBytes so much is, where the disk gives back space and it then reads as zeroes
/// @param stepBytesMin a job's steps are no shorter; the first is so long
/// @param stepBytesMax and no longer
/// @param stepNanos so long a step should take; other changes wait for it
/// @param restNanos a job rests so long after each step, and while somebody is logged in as long as
///     the step took
public record JobLimits(
    long atOnceBytes,
    long cheapAtOnceBytes,
    long stepBytesMin,
    long stepBytesMax,
    long stepNanos,
    long restNanos) {
  /// Jobs of a mirror that have not ended.
  static final int JOBS_MAX = 16;

  /// A step that failed is tried again after.
  static final long RETRY_NANOS = 5_000_000_000L;

  public static final JobLimits USUAL =
      new JobLimits(512L << 20, 64L << 30, 64L << 20, 64L << 30, 500_000_000L, 20_000_000L);

  /// How long the next step is, after one of `bytes` that took `tookNanos`.
  long stepAfter(long bytes, long tookNanos) {
    if (tookNanos < stepNanos / 2) {
      return Math.min(stepBytesMax, bytes * 2);
    }
    return tookNanos > stepNanos * 2 ? Math.max(stepBytesMin, bytes / 2) : bytes;
  }
}
