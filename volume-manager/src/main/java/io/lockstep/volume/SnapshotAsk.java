package io.lockstep.volume;

/// A snapshot that somebody asks for. Immutable.
///
/// @param origin name of the volume
/// @param name of the snapshot; see [VolumeName]
/// @param roomBytes how much may change before the snapshot is lost; at least 1, rounded up to
///     whole extents; what its own tables need comes on top, and more than all of the origin is
///     never taken
public record SnapshotAsk(String origin, String name, long roomBytes) {}
