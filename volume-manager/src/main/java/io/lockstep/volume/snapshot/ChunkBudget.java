package io.lockstep.volume.snapshot;

import io.lockstep.block.Check;

/// How many chunks all snapshots of a group may keep together: their tables lie in memory, 16 to 32
/// bytes for each, outside the heap. Belongs to one loop.
public final class ChunkBudget {
  /// Four million: 128 MiB of memory at the most.
  public static final int CHUNKS_MAX = 1 << 22;

  private final int max;
  private int takenCount;

  public ChunkBudget() {
    this(CHUNKS_MAX);
  }

  ChunkBudget(int max) {
    this.max = max;
  }

  boolean isSpent() {
    return takenCount >= max;
  }

  void take() {
    Check.that(!isSpent(), "a chunk is left", takenCount, max);
    takenCount++;
  }

  void give(int count) {
    takenCount -= count;
    Check.that(takenCount >= 0, "given back once", takenCount, 0);
  }

  /// Chunks that are kept, or about to be.
  int takenCount() {
    return takenCount;
  }
}
