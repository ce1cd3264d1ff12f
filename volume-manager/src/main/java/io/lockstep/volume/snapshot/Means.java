package io.lockstep.volume.snapshot;

import io.lockstep.block.BufferPool;

/// What the snapshots of a group share.
///
/// @param pool of their loop
/// @param budget how many chunks they keep together
public record Means(BufferPool pool, ChunkBudget budget) {}
