package io.lockstep.peers;

import java.util.UUID;

/// Who a node is to the other one. Immutable.
///
/// @param pairId the pair it belongs to
/// @param nodeId which of the two it is
/// @param nodeName for people
/// @param pairName for people
/// @param release for people
public record PeerIdentity(
    UUID pairId, int nodeId, String nodeName, String pairName, String release) {}
