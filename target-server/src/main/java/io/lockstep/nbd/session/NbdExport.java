package io.lockstep.nbd.session;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.RangeQueue;
import java.util.Map;

/// An export as its connections use it, all of them on the loop of its device.
///
/// @param facts what clients are told of it
/// @param device where the requests go; its size may change
/// @param changes puts the changes of all connections in order, range by range: also those of a
///     connection that is gone before those of the one that takes its place
/// @param pool where buffers for the device come from
/// @param contexts what each of the meta contexts says, by name
public record NbdExport(
    ExportFacts facts,
    BlockDevice device,
    RangeQueue changes,
    BufferPool pool,
    Map<String, BlockStatusSource> contexts) {
  public NbdExport {
    contexts = Map.copyOf(contexts);
  }
}
