package io.lockstep.mirror.meta;

/// Where a part lies on this node. Immutable.
///
/// @param part number of the part
/// @param member number of the member
/// @param offset its first byte on that member
public record Placement(int part, int member, long offset) {}
