package io.lockstep.node;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;

/// The replicated space as somebody uses it: through the mirror, or as the local copy.
///
/// @param device byte 0 is the first byte of the control region
/// @param loop the device's owner
/// @param pool buffers of that loop
public record ReplicatedSpace(BlockDevice device, Loop loop, BufferPool pool) {}
