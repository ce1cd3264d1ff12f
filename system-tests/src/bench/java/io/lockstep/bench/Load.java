package io.lockstep.bench;

/// A load: 4 KiB at random places, so many at a time, each sent when one has been answered.
record Load(boolean writes, int depth) {
  static final int BLOCK_BYTES = 4096;

  /// What is measured in each round.
  static final Load[] ALL = {
    new Load(false, 1), new Load(false, 32), new Load(true, 1), new Load(true, 32)
  };

  @Override
  public String toString() {
    return (writes ? "write" : "read") + " depth " + depth;
  }
}
