package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.filter.Filter;

/// A device that says other limits: a size it does not have, shorter transfers, no discard.
final class LimitsFilter extends Filter {
  private final BlockLimits limits;

  private LimitsFilter(BlockDevice next, BlockLimits limits) {
    super(next);
    this.limits = limits;
  }

  static LimitsFilter withTransfersOf(BlockDevice next, int transferBytesMax) {
    return of(next, next.limits().sizeBytes(), transferBytesMax, true);
  }

  static LimitsFilter ofSize(BlockDevice next, long sizeBytes) {
    return of(next, sizeBytes, 1 << 20, true);
  }

  static LimitsFilter withoutDiscard(BlockDevice next) {
    return of(next, next.limits().sizeBytes(), 1 << 20, false);
  }

  private static LimitsFilter of(
      BlockDevice next, long sizeBytes, int transferBytesMax, boolean discards) {
    return new LimitsFilter(
        next, new BlockLimits(sizeBytes, 512, 4096, transferBytesMax, 1, discards, false));
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }
}
