package io.lockstep.mirror.link;

import io.lockstep.mirror.copy.LocalCopy;

/// This node's side of the mirror.
///
/// @param copy its data
/// @param role what it is
/// @param connection to the other side
public record Side(LocalCopy copy, OwnRole role, PeerConnection connection) {}
