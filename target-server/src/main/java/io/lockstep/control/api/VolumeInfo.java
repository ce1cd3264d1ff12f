package io.lockstep.control.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A volume.
///
/// @param name the volume's name
/// @param sizeBytes its size
/// @param uuid LVM's identifier of it
/// @param iqn the export's target name, null if it is not exported
/// @param serial its serial number, which never changes; null before the first export
/// @param naa its NAA-6 identifier, 32 hexadecimal digits; null before the first export
/// @param sessionCount who is logged in to it, on both nodes
/// @param segments where its bytes lie on each node's disk
/// @param readOnlyReason why hosts may only read it, null if they may write
/// @param notServedReason why it is not served at all, null if it is
public record VolumeInfo(
    String name,
    long sizeBytes,
    String uuid,
    @Nullable String iqn,
    @Nullable String serial,
    @Nullable String naa,
    int sessionCount,
    List<SegmentInfo> segments,
    @Nullable String readOnlyReason,
    @Nullable String notServedReason) {
  /// The same volume with so many sessions.
  public VolumeInfo withSessionCount(int count) {
    return new VolumeInfo(
        name, sizeBytes, uuid, iqn, serial, naa, count, segments, readOnlyReason, notServedReason);
  }
}
