package io.lockstep.bench;

import java.util.Arrays;

/// How long each I/O of one load took, and how long all of them together. One thread's.
final class Latencies {
  private long[] nanos = new long[1 << 14];
  private int count;
  private long elapsedNanos;

  void add(long took) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, count * 2);
    }
    nanos[count++] = took;
  }

  /// Those of another thread that ran at the same time.
  void addAll(Latencies other) {
    for (int i = 0; i < other.count; i++) {
      add(other.nanos[i]);
    }
  }

  void elapsed(long took) {
    elapsedNanos = took;
  }

  int count() {
    return count;
  }

  double perSecond() {
    return count * 1e9 / Math.max(1, elapsedNanos);
  }

  /// The time that the given share of all I/Os took at most, in microseconds.
  double micros(double share) {
    if (count == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[(int) Math.min(count - 1L, (long) (count * share))] / 1000.0;
  }
}
