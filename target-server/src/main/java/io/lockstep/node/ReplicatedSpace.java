package io.lockstep.node;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import io.lockstep.block.filter.SliceDevice;
import io.lockstep.block.record.RecordRegion;
import io.lockstep.mirror.meta.DiskLayout;
import java.util.function.LongSupplier;

/// The replicated space as somebody uses it: through the mirror, or as the local copy.
///
/// @param device byte 0 is the first byte of the control region
/// @param loop the device's owner
/// @param pool buffers of that loop
/// @param control the size of the control region; that of a disk that joins changes when it is laid
///     out for the mirror
public record ReplicatedSpace(
    BlockDevice device, Loop loop, BufferPool pool, LongSupplier control) {
  /// The records of the control region.
  RecordRegion records() {
    return new RecordRegion(device, 0, DiskLayout.RECORDS_BYTES);
  }

  /// What is behind the control region: the physical volume.
  BlockDevice data() {
    long start = control.getAsLong();
    return new SliceDevice(
        device, loop, new BlockRange(start, device.limits().sizeBytes() - start));
  }
}
