package io.lockstep.sim;

import io.lockstep.block.Check;

/// I10: after healing both replicated spaces are equal, byte by byte.
final class IdenticalCheck {
  private IdenticalCheck() {}

  static void check(SimHost left, SimHost right) {
    long start = left.mirror().status().replicatedOffset();
    long length = left.mirror().status().replicatedBytes();
    long differs =
        SimMedia.firstDifference(left.disk().media(), right.disk().media(), start, length);
    Check.that(differs < 0, "I10: identical after healing; first difference at", differs, start);
  }
}
