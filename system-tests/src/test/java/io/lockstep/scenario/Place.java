package io.lockstep.scenario;

import io.lockstep.lab.LabNetwork;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Where the two nodes of a pair listen, and in which network their processes run.
///
/// @param portals the portal of node 0 and of node 1, host and port
/// @param linkPort where node 0 listens for node 1, on loopback
/// @param controlPort likewise, for the control connection
/// @param enter the words before a command that is to run in the nodes' network; none for this
///     machine's own
record Place(List<String> portals, int linkPort, int controlPort, List<String> enter) {
  private static final int LINK_OFFSET = 3;
  private static final int CONTROL_OFFSET = 5;
  private static final int ISCSI_PORT = 3260;
  private static final int LINK_PORT = 7789;
  private static final int CONTROL_PORT = 7788;

  /// Loopback, on six ports from this one: the portals first, as the demo lays it out.
  static Place onLoopback(int basePort) {
    return new Place(
        IntStream.range(0, 2).mapToObj(id -> "127.0.0.1:" + (basePort + id)).toList(),
        basePort + LINK_OFFSET,
        basePort + CONTROL_OFFSET,
        List.of());
  }

  /// The network of a lab, each portal on an address of its own, given by its last part.
  static Place in(LabNetwork network, int first, int second) {
    return new Place(
        Stream.of(first, second).map(one -> LabNetwork.address(one) + ":" + ISCSI_PORT).toList(),
        LINK_PORT,
        CONTROL_PORT,
        network.inside());
  }
}
