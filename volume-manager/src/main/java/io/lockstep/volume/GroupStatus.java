package io.lockstep.volume;

import java.util.Optional;

/// A picture of the group for people and scripts. Immutable.
///
/// @param name the group's name (VG)
/// @param uuid LVM's identifier, 32 characters in groups with hyphens
/// @param layout where the extents lie on its disk, and their size
/// @param extentCount extents of the group
/// @param freeExtentCount extents that belong to no volume
/// @param sequenceNumber `seqno` of the metadata; each commit adds 1
/// @param readOnlyReason why this engine does not change the group, as a sentence; empty if it does
public record GroupStatus(
    String name,
    String uuid,
    ExtentLayout layout,
    long extentCount,
    long freeExtentCount,
    long sequenceNumber,
    Optional<String> readOnlyReason) {

  /// Size of a physical and a logical extent.
  public long extentSizeBytes() {
    return layout.sizeBytes();
  }

  public long sizeBytes() {
    return extentSizeBytes() * extentCount;
  }

  public long freeBytes() {
    return extentSizeBytes() * freeExtentCount;
  }
}
