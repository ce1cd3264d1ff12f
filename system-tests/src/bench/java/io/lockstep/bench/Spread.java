package io.lockstep.bench;

import java.util.Arrays;

/// One figure of several rounds: the middle one, and the lowest and highest.
record Spread(double median, double low, double high) {
  static Spread of(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }

  /// With so many digits behind the point.
  String text(int digits) {
    String one = "%." + digits + "f";
    return (one + " (" + one + "-" + one + ")").formatted(median, low, high);
  }
}
