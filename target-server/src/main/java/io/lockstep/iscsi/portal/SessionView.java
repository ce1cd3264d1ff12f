package io.lockstep.iscsi.portal;

import java.net.SocketAddress;
import java.time.Instant;

/// A session as people see it. Immutable.
///
/// @param targetIqn empty for a discovery session
/// @param isid the initiator's part of the session identifier (48 bits)
/// @param tsih the target's part
/// @param since wall time of the login, for people only
public record SessionView(
    String initiatorName,
    String targetIqn,
    long isid,
    int tsih,
    SocketAddress remoteAddress,
    Instant since) {}
