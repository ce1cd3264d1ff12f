package io.lockstep.mirror.peer;

import io.lockstep.block.Check;
import java.net.InetSocketAddress;

/// Where the two nodes find each other. Immutable.
///
/// @param nodeId 0 listens, 1 dials
/// @param address where node 0 listens: its own address on node 0, the other's on node 1
/// @param anyAddress whether node 0 may listen elsewhere than on loopback; until the connection is
///     encrypted that is for networks which only the two nodes can reach
public record PeerConfig(int nodeId, InetSocketAddress address, boolean anyAddress) {
  public PeerConfig {
    Check.that(nodeId == 0 || nodeId == 1, "node id is 0 or 1", nodeId, 0);
  }

  boolean dials() {
    return nodeId == 1;
  }
}
