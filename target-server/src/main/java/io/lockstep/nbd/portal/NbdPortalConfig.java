package io.lockstep.nbd.portal;

import io.lockstep.nbd.session.SessionLimits;

/// Where and how a portal listens.
public record NbdPortalConfig(
    Listening where, TlsSetup tls, NbdPortalLimits limits, SessionLimits sessionLimits) {
  /// With the default limits.
  public static NbdPortalConfig of(Listening where, TlsSetup tls) {
    return new NbdPortalConfig(where, tls, NbdPortalLimits.DEFAULT, SessionLimits.DEFAULT);
  }
}
