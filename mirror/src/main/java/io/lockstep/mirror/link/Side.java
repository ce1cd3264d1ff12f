package io.lockstep.mirror.link;

import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.state.NodeIdentity;

/// This node's side of the mirror.
///
/// @param identity who it is
/// @param ledger what it knows of the mirror's history
/// @param copy its data
/// @param role what it is at present
/// @param connection to the other side
public record Side(
    NodeIdentity identity,
    Ledger ledger,
    LocalCopy copy,
    OwnRole role,
    PeerConnection connection) {}
