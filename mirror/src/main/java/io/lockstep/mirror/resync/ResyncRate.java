package io.lockstep.mirror.resync;

/// How fast a resync goes: over the last few seconds, not since its beginning, so that the time
/// left follows what happens now. Time comes in. Belongs to the mirror's loop.
public final class ResyncRate {
  private static final int SAMPLES = 16;
  private static final long SAMPLE_NANOS = 250_000_000;

  /// So long it has gone on before the time left is told: the first moments say nothing.
  static final long MEASURED_NANOS_MIN = 2_000_000_000;

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
  public long bytesPerSecond() {
    long nanos = measuredNanos();
    long bytes = doneBytes[newest] - doneBytes[oldest()];
    return nanos <= 0 ? 0 : (long) (bytes * 1e9 / nanos);
  }

  /// Whole seconds for `leftBytes` at the present rate, rounded up; -1 if nothing moves, or if it
  /// was measured for less than [#MEASURED_NANOS_MIN].
  public long secondsLeft(long leftBytes) {
    long rate = bytesPerSecond();
    boolean unknown = rate == 0 || measuredNanos() < MEASURED_NANOS_MIN;
    return unknown ? -1 : (leftBytes + rate - 1) / rate;
  }

  private long measuredNanos() {
    return atNanos[newest] - atNanos[oldest()];
  }

  private int oldest() {
    return (newest - count + 1 + SAMPLES) % SAMPLES;
  }

  private int previous() {
    return (newest - 1 + SAMPLES) % SAMPLES;
  }
}
