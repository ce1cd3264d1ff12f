package io.lockstep.mirror.resync;

/// How fast a resync goes: over the last few seconds, not since its beginning, so that the time
/// left follows what happens now. When changes are overdue it falls, and when they stay away it is
/// 0, and no time left is told. Time comes in. Belongs to the mirror's loop.
public final class ResyncRate {
  private static final int SAMPLES = 16;
  private static final long SAMPLE_NANOS = 250_000_000;

  /// So long it has gone on before the time left is told: the first moments say nothing.
  static final long MEASURED_NANOS_MIN = 2_000_000_000;

  /// After so long without a change a resync stands still, unless its changes come further apart.
  static final long STILL_NANOS_MIN = 5_000_000_000L;

  private final long[] atNanos = new long[SAMPLES];
  private final long[] doneBytes = new long[SAMPLES];
  private int count;
  private int newest;

  void start(long nowNanos) {
    count = 1;
    newest = 0;
    atNanos[0] = nowNanos;
    doneBytes[0] = 0;
  }

  /// `done` bytes in all are done now.
  void done(long nowNanos, long done) {
    if (count > 1 && nowNanos - atNanos[previous()] < SAMPLE_NANOS) {
      atNanos[newest] = nowNanos;
      doneBytes[newest] = done;
      return;
    }
    newest = (newest + 1) % SAMPLES;
    count = Math.min(count + 1, SAMPLES);
    atNanos[newest] = nowNanos;
    doneBytes[newest] = done;
  }

  /// Over the last few seconds.
  public long bytesPerSecond(long nowNanos) {
    long pause = longestPause();
    long silence = nowNanos - atNanos[newest];
    if (silence > Math.max(STILL_NANOS_MIN, 2 * pause)) {
      return 0;
    }
    long nanos = measuredNanos() + Math.max(0, silence - pause);
    long bytes = doneBytes[newest] - doneBytes[oldest()];
    return nanos <= 0 ? 0 : (long) (bytes * 1e9 / nanos);
  }

  /// Whole seconds for `leftBytes` at the present rate, rounded up; -1 if nothing moves, or if it
  /// was measured for less than [#MEASURED_NANOS_MIN].
  public long secondsLeft(long leftBytes, long nowNanos) {
    long rate = bytesPerSecond(nowNanos);
    boolean unknown = rate == 0 || measuredNanos() < MEASURED_NANOS_MIN;
    return unknown ? -1 : (leftBytes + rate - 1) / rate;
  }

  private long measuredNanos() {
    return atNanos[newest] - atNanos[oldest()];
  }

  /// The longest time between two changes that were measured.
  private long longestPause() {
    long longest = 0;
    for (int back = 0; back < count - 1; back++) {
      int later = (newest - back + SAMPLES) % SAMPLES;
      int earlier = (later - 1 + SAMPLES) % SAMPLES;
      longest = Math.max(longest, atNanos[later] - atNanos[earlier]);
    }
    return longest;
  }

  private int oldest() {
    return (newest - count + 1 + SAMPLES) % SAMPLES;
  }

  private int previous() {
    return (newest - 1 + SAMPLES) % SAMPLES;
  }
}
