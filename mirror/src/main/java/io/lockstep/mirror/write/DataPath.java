package io.lockstep.mirror.write;

import io.lockstep.block.RangeQueue;

/// The ways of data through a node.
///
/// @param writes changes on the Primary, with its reads and flushes
/// @param peerWrites the Primary's, on the Secondary
/// @param peerReads what the local disk cannot read
/// @param ranges who changes which range of the replicated space, resyncs included
/// @param generations when data is acknowledged without the peer
public record DataPath(
    WritePath writes,
    PeerWrites peerWrites,
    PeerReads peerReads,
    RangeQueue ranges,
    AloneGeneration generations) {}
