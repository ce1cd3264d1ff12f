package io.lockstep.sim;

import io.lockstep.block.BlockLimits;

/// What kind of disk a [SimDisk] is. Immutable.
///
/// @param limits size, block sizes, alignment; `volatileCache`: whether there is a cache to lose
/// @param delayNanosMin the fastest operation
/// @param delayNanosMax the slowest of the usual ones; one in 64 takes up to ten times that
/// @param readErrorsPerMillion how often a read fails
/// @param writeErrorsPerMillion how often a write fails, having changed any part of its range
/// @param flushErrorsPerMillion how often a flush fails, having lost any part of the cache
public record SimDiskOptions(
    BlockLimits limits,
    long delayNanosMin,
    long delayNanosMax,
    int readErrorsPerMillion,
    int writeErrorsPerMillion,
    int flushErrorsPerMillion) {
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
    return new SimDiskOptions(limits, 20_000, 200_000, 0, 0, 0);
  }

  /// The same with other times.
  public SimDiskOptions withDelays(long nanosMin, long nanosMax) {
    return new SimDiskOptions(
        limits,
        nanosMin,
        nanosMax,
        readErrorsPerMillion,
        writeErrorsPerMillion,
        flushErrorsPerMillion);
  }

  /// The same with other error rates.
  public SimDiskOptions withErrorsPerMillion(int read, int write, int flush) {
    return new SimDiskOptions(limits, delayNanosMin, delayNanosMax, read, write, flush);
  }
}
