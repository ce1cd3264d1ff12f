package io.lockstep.scsi.lu;

import io.lockstep.block.BlockLimits;
import io.lockstep.block.Check;
import io.lockstep.scsi.sbc.MediumRequest;
import io.lockstep.scsi.spc.Inquiry;

/// What a logical unit knows of its medium: from the device that it serves, or, in standby, by what
/// the serving node says of it. It stays when the device goes. A size of 0 means: not known yet.
/// Belongs to the loop of its logical unit.
final class MediumForm {
  private final int blockBytes;
  private BlockLimits limits;
  private MediumRequest.Medium medium;

  /// @param blockBytes logical block size of the logical unit
  MediumForm(int blockBytes) {
    this.blockBytes = blockBytes;
    this.limits = new BlockLimits(0, blockBytes, 4096, 4096, 1, true, true);
    this.medium = mediumOf(blockBytes, limits);
  }

  /// The limits of the device that is served, now.
  void served(BlockLimits now) {
    Check.that(now.logicalBlockBytes() <= blockBytes, "block size fits");
    limits = now;
    medium = mediumOf(blockBytes, now);
  }

  /// The serving node says how large the medium is.
  ///
  /// @param sizeBytes any number
  /// @return whether that is news
  boolean told(long sizeBytes) {
    boolean possible = sizeBytes > 0 && sizeBytes % blockBytes == 0;
    if (!possible || sizeBytes == limits.sizeBytes()) {
      return false;
    }
    served(limits.withSizeBytes(sizeBytes));
    return true;
  }

  /// Whether the medium would give back space, were it served here.
  void discards(boolean now) {
    served(
        new BlockLimits(
            limits.sizeBytes(),
            limits.logicalBlockBytes(),
            limits.physicalBlockBytes(),
            limits.transferBytesMax(),
            limits.bufferAlignmentBytes(),
            now,
            limits.volatileCache()));
  }

  int blockBytes() {
    return blockBytes;
  }

  BlockLimits limits() {
    return limits;
  }

  MediumRequest.Medium medium() {
    return medium;
  }

  long blockCount() {
    return medium.blockCount();
  }

  private static MediumRequest.Medium mediumOf(int blockBytes, BlockLimits limits) {
    return new MediumRequest.Medium(
        blockBytes,
        limits.sizeBytes() / blockBytes,
        Inquiry.TRANSFER_BYTES_MAX,
        Inquiry.ERASE_BYTES_MAX,
        Inquiry.COMPARE_BLOCKS_MAX,
        limits.discardZeroes());
  }
}
