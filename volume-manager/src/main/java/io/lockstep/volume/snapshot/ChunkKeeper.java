package io.lockstep.volume.snapshot;

import io.lockstep.block.Completion;

/// What has to happen to a chunk before somebody changes it. Belongs to one loop.
interface ChunkKeeper {
  int chunkBytes();

  /// Whether a change of that chunk has to [#keep] it first.
  boolean mustKeep(long chunk);

  /// Does so; `done` runs in a later turn, or within this call.
  void keep(long chunk, Completion done);
}
