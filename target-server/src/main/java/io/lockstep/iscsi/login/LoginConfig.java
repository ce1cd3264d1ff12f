package io.lockstep.iscsi.login;

/// What the target says of itself in a login.
///
/// @param portalGroupTag TPGT of the portal, 0 to 65535
/// @param targetAlias a name for people, shown by initiators; empty for none
/// @param dataSegmentBytesMax our MaxRecvDataSegmentLength
public record LoginConfig(int portalGroupTag, String targetAlias, int dataSegmentBytesMax) {}
