package io.lockstep.sim;

import io.lockstep.block.BlockLimits;

/// What kind of disk a [SimDisk] is; how sick it is stands in [SimDiskFaults]. Immutable.
///
/// @param limits size, block sizes, alignment; `volatileCache`: whether there is a cache to lose
/// @param delayNanosMin the fastest operation
/// @param delayNanosMax the slowest of the usual ones; one in 64 takes up to ten times that
public record SimDiskOptions(BlockLimits limits, long delayNanosMin, long delayNanosMax) {
  private static final int TRANSFER_BYTES_MAX = 4 << 20;

  /// A 512e disk with a volatile cache, 20 to 200 microseconds an operation, and no errors.
  public static SimDiskOptions ofSize(int sizeBytes) {
    return ofBlocks(sizeBytes, 512, 4096);
  }

  /// The same with other block sizes.
  public static SimDiskOptions ofBlocks(
      int sizeBytes, int logicalBlockBytes, int physicalBlockBytes) {
    var limits =
        new BlockLimits(
            sizeBytes, logicalBlockBytes, physicalBlockBytes, TRANSFER_BYTES_MAX, 4096, true, true);
    return new SimDiskOptions(limits, 20_000, 200_000);
  }

  /// The same with other times.
  public SimDiskOptions withDelays(long nanosMin, long nanosMax) {
    return new SimDiskOptions(limits, nanosMin, nanosMax);
  }
}
