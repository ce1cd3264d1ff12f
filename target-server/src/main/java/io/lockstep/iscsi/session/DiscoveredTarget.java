package io.lockstep.iscsi.session;

import java.util.List;

/// A line of the answer to SendTargets.
///
/// @param name the IQN
/// @param addresses where it is served, as `host:port,tpgt` (RFC 7143 13.8)
public record DiscoveredTarget(String name, List<String> addresses) {}
