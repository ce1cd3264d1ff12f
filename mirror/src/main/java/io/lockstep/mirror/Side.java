package io.lockstep.mirror;

import io.lockstep.mirror.copy.LocalCopy;

/// This node's side of the mirror.
///
/// @param copy its data
/// @param role what it is
/// @param connection to the other side
record Side(LocalCopy copy, OwnRole role, PeerConnection connection) {}
