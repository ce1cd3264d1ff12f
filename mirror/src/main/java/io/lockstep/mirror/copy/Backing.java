package io.lockstep.mirror.copy;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;

/// What a copy lies on.
///
/// @param loop the mirror's owner; every answer of the disk comes there
/// @param disk the backing disk, exclusively the mirror's
/// @param pool buffers of that loop
public record Backing(Loop loop, BlockDevice disk, BufferPool pool) {}
