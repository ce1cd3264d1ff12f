package io.lockstep.control.api;

import java.util.List;
import java.util.stream.Collectors;

/// An iSCSI session.
///
/// @param node the node it is logged in to
/// @param initiator the initiator's name
/// @param iqn the target's name, empty in a discovery session
/// @param volume the volumes in that target, with commas; empty in a discovery session
/// @param remoteAddress where it comes from, `host:port`
/// @param isid the initiator's half of the session identifier, 12 hexadecimal digits
/// @param tsih the target's half
/// @param sinceMillis when it logged in
public record SessionInfo(
    String node,
    String initiator,
    String iqn,
    String volume,
    String remoteAddress,
    String isid,
    int tsih,
    long sinceMillis) {
  /// Those with a target that would not be there if these alone might log in.
  ///
  /// @param initiators as in [ExportInfo.Access]
  public static List<SessionInfo> cutOff(
      List<SessionInfo> sessions, String iqn, List<String> initiators) {
    return sessions.stream()
        .filter(session -> session.iqn.equals(iqn))
        .filter(session -> !initiators.isEmpty() && !initiators.contains(session.initiator))
        .toList();
  }

  /// Their initiators and where these are logged in: "iqn.x at node a and iqn.x at node b".
  public static String names(List<SessionInfo> sessions) {
    return sessions.stream()
        .map(session -> session.initiator + " at node " + session.node)
        .distinct()
        .collect(Collectors.joining(" and "));
  }
}
