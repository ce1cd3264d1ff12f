package io.lockstep.control.api;

import org.jspecify.annotations.Nullable;

/// A disk that a side of a mirror lies on.
///
/// @param path the file or block device; null if a node did not say it
/// @param dataOffset byte of the disk where the PV begins
/// @param dataBytes size of the PV
public record DiskInfo(@Nullable String path, long dataOffset, long dataBytes) {}
