package io.lockstep.block;

/// What a [BlockDevice] can do, asked once when a stack of devices is built and then held to.
///
/// @param sizeBytes size of the device, a multiple of `logicalBlockBytes`
/// @param logicalBlockBytes every offset and length is a multiple of this; 512 or 4096
/// @param physicalBlockBytes the smallest write that needs no read-modify-write; 512 or 4096, not
///     below `logicalBlockBytes`
/// @param transferBytesMax largest length of one read or write, a multiple of
///     `physicalBlockBytes`; discard and writeZeroes take any length
/// @param bufferAlignmentBytes the address alignment buffers need (O_DIRECT); a power of two, 1 for
///     none. Buffers of [BufferPool] are aligned to 4096
/// @param discardZeroes whether [BlockDevice#discard] is offered; where it is, a discarded range
///     reads back as zeroes
/// @param volatileCache whether an acknowledged write may be lost at a power cut before a flush
public record BlockLimits(
    long sizeBytes,
    int logicalBlockBytes,
    int physicalBlockBytes,
    int transferBytesMax,
    int bufferAlignmentBytes,
    boolean discardZeroes,
    boolean volatileCache) {
  public BlockLimits {
    Check.that(
        logicalBlockBytes == 512 || logicalBlockBytes == 4096, "logical block is 512 or 4096");
    Check.that(
        physicalBlockBytes == 512 || physicalBlockBytes == 4096, "physical block is 512 or 4096");
    Check.that(logicalBlockBytes <= physicalBlockBytes, "logical block <= physical block");
    Check.that(
        sizeBytes >= 0 && sizeBytes % logicalBlockBytes == 0,
        "size in blocks",
        sizeBytes,
        logicalBlockBytes);
    Check.that(
        transferBytesMax > 0 && transferBytesMax % physicalBlockBytes == 0,
        "transfer in blocks",
        transferBytesMax,
        physicalBlockBytes);
    Check.that(Integer.bitCount(bufferAlignmentBytes) == 1, "alignment is a power of two");
  }

  /// Whether `[offset, offset + length)` is not empty, aligned to logical blocks and inside the
  /// device. Overflow-safe.
  public boolean contains(long offset, long length) {
    return offset >= 0
        && length > 0
        && offset <= sizeBytes - length
        && offset % logicalBlockBytes == 0
        && length % logicalBlockBytes == 0;
  }

  /// These limits with another size.
  public BlockLimits withSizeBytes(long newSizeBytes) {
    return new BlockLimits(
        newSizeBytes,
        logicalBlockBytes,
        physicalBlockBytes,
        transferBytesMax,
        bufferAlignmentBytes,
        discardZeroes,
        volatileCache);
  }
}
