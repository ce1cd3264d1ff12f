package io.lockstep.control.api;

/// A region of a node's disk.
///
/// @param name `metadata` (superblocks, activity log, bitmap), `control` (the control region) or
///     `data` (the PV)
/// @param path the disk
/// @param offset first byte
/// @param lengthBytes length
public record RegionInfo(String name, String path, long offset, long lengthBytes) {}
