package io.lockstep.control.api;

/// A run of a volume that lies in one piece in the PV.
///
/// @param volumeOffset first byte in the volume
/// @param dataOffset first byte from the beginning of the PV (see `dataOffset` of a disk)
/// @param lengthBytes length
public record SegmentInfo(long volumeOffset, long dataOffset, long lengthBytes) {}
