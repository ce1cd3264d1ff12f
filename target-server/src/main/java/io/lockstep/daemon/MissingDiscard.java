package io.lockstep.daemon;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.filter.Filter;

/// A disk that does not give back space, as many real ones: zeroes have to be written to it.
final class MissingDiscard extends Filter {
  MissingDiscard(BlockDevice next) {
    super(next);
  }

  @Override
  public BlockLimits limits() {
    BlockLimits own = next.limits();
    return new BlockLimits(
        own.sizeBytes(),
        own.logicalBlockBytes(),
        own.physicalBlockBytes(),
        own.transferBytesMax(),
        own.bufferAlignmentBytes(),
        false,
        own.volatileCache());
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    throw new AssertionError("discard is not offered");
  }
}
