package io.lockstep.iscsi.portal;

/// What makes a session the same session: a login with the same key ends the older one (RFC 7143
/// 6.3.5, session reinstatement).
///
/// @param targetIqn empty for a discovery session
record SessionKey(String initiatorName, long isid, String targetIqn) {}
