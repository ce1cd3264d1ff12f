package io.lockstep.control.api;

import org.jspecify.annotations.Nullable;

/// The volume group on the mirror.
///
/// @param name LVM's name of the group
/// @param uuid LVM's identifier of it
/// @param sizeBytes all extents
/// @param freeBytes the extents that no volume has and no job has yet to give to one
/// @param extentSizeBytes the unit of every volume's size
/// @param sequenceNumber LVM's `seqno`: one more with each change
/// @param readOnlyReason why its volumes cannot be created, resized, renamed or deleted here; null
///     if they can
public record GroupInfo(
    String name,
    String uuid,
    long sizeBytes,
    long freeBytes,
    long extentSizeBytes,
    long sequenceNumber,
    @Nullable String readOnlyReason) {
  /// The same, with so much less that is free.
  public GroupInfo promising(long bytes) {
    return new GroupInfo(
        name,
        uuid,
        sizeBytes,
        Math.max(0, freeBytes - bytes),
        extentSizeBytes,
        sequenceNumber,
        readOnlyReason);
  }
}
