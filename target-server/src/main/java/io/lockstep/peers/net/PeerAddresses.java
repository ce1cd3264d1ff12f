package io.lockstep.peers.net;

import io.lockstep.block.Check;
import java.net.InetSocketAddress;
import java.util.List;

/// Where the two nodes find each other for the control connection. Immutable.
///
/// @param nodeId 0 listens, 1 dials
/// @param hosts of node 0, as they are written: addresses or host names
/// @param port the same at all of them
/// @param anyAddress whether node 0 may listen elsewhere than on loopback; until the connection is
///     encrypted that is for networks which only the two nodes can reach
public record PeerAddresses(int nodeId, List<String> hosts, int port, boolean anyAddress) {
  public PeerAddresses {
    Check.that(nodeId == 0 || nodeId == 1, "node id is 0 or 1", nodeId, 0);
    Check.that(!hosts.isEmpty(), "an address");
    hosts = List.copyOf(hosts);
  }

  boolean dials() {
    return nodeId == 1;
  }

  /// Looks the host up, if it is a name: blocks.
  InetSocketAddress at(int number) {
    return new InetSocketAddress(hosts.get(number), port);
  }
}
