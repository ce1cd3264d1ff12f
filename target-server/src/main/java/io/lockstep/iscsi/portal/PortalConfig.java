package io.lockstep.iscsi.portal;

import io.lockstep.block.Check;
import io.lockstep.iscsi.login.LoginConfig;
import io.lockstep.iscsi.session.SessionLimits;

/// Where and how a portal listens.
///
/// @param host address or name to bind; `0.0.0.0` or `::` for all
/// @param port 0 for any free one
/// @param portalGroupTag TPGT, 0 to 65535; the same on one node, different on the two nodes
/// @param targetAlias a name that initiators show to people; empty for none
public record PortalConfig(
    String host,
    int port,
    int portalGroupTag,
    String targetAlias,
    PortalLimits limits,
    SessionLimits sessionLimits) {
  public PortalConfig {
    Check.that(port >= 0 && port <= 0xffff, "a port", port, 0xffff);
    Check.that(portalGroupTag >= 0 && portalGroupTag <= 0xffff, "a TPGT", portalGroupTag, 0xffff);
  }

  /// What a login here goes by.
  LoginConfig login() {
    return new LoginConfig(portalGroupTag, targetAlias, limits.dataSegmentBytesMax());
  }

  /// With the default limits and no alias.
  public static PortalConfig of(String host, int port, int portalGroupTag) {
    return new PortalConfig(
        host, port, portalGroupTag, "", PortalLimits.DEFAULT, SessionLimits.DEFAULT);
  }
}
