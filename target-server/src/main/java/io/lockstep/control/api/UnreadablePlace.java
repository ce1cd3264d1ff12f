package io.lockstep.control.api;

import org.jspecify.annotations.Nullable;

/// Where a block lies that cannot be read.
///
/// @param diskOffset its first byte on the node's backing disk
/// @param volume the volume it belongs to, null if to none
/// @param volumeOffset its first byte in that volume
public record UnreadablePlace(
    long diskOffset, @Nullable String volume, @Nullable Long volumeOffset) {
  /// "byte 4096 of volume vm1 (byte 81293312 of the disk)".
  public String text() {
    return volume == null
        ? "byte %d of the disk, in no volume".formatted(diskOffset)
        : "byte %d of volume %s (byte %d of the disk)".formatted(volumeOffset, volume, diskOffset);
  }
}
