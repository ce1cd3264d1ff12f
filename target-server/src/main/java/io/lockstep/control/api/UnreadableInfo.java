package io.lockstep.control.api;

import java.util.List;

/// Blocks of 4 KiB that no node can read.
///
/// @param blocks those that keep the other copy from being completed
/// @param acceptedBlocks those that a person has given up: reading them is an error until a host
///     writes them anew
/// @param first where the first of either lie, at most 16
public record UnreadableInfo(long blocks, long acceptedBlocks, List<UnreadablePlace> first) {}
