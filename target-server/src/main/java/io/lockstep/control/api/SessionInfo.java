package io.lockstep.control.api;

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
    long sinceMillis) {}
