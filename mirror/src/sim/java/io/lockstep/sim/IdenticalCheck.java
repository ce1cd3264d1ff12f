package io.lockstep.sim;

import io.lockstep.block.Check;

/// I10, I5: after healing both replicated spaces are equal, byte by byte, and both nodes know the
/// same term.
final class IdenticalCheck {
  private IdenticalCheck() {}

  static void check(SimHost left, SimHost right) {
    long start = left.mirror().status().replicatedOffset();
    long length = left.mirror().status().replicatedBytes();
    long differs =
        SimMedia.firstDifference(left.disk().media(), right.disk().media(), start, length);
    long term = left.mirror().term();
    Check.that(
        term == right.mirror().term(),
        "I5: both know the same term after healing",
        term,
        right.mirror().term());
    Check.that(differs < 0, "I10: identical after healing; first difference at", differs, start);
  }
}
