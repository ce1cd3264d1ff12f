package io.lockstep.iscsi.portal;

import io.lockstep.block.Refusal;

/// Why a portal cannot listen.
final class BindFailure {
  private BindFailure() {}

  static Refusal unknownHost(PortalConfig config) {
    return refusal(config, "the host name is unknown", "use an address of this machine");
  }

  static Refusal refusal(PortalConfig config, Throwable cause) {
    String detail = String.valueOf(cause.getMessage());
    if (detail.contains("in use")) {
      return refusal(
          config,
          "the port is in use by another program",
          "stop it (ss -ltnp shows who it is) or choose another port for this portal");
    }
    if (detail.contains("assign requested address")) {
      return refusal(
          config, "this machine does not have the address", "use one that `ip address` shows");
    }
    if (detail.contains("ermission denied")) {
      return refusal(
          config, "not permitted", "choose a port of 1024 or above; those below need a privilege");
    }
    return refusal(config, detail, "choose another address or port for this portal");
  }

  private static Refusal refusal(PortalConfig config, String why, String action) {
    return new Refusal("Cannot listen on " + config.host() + ":" + config.port(), why, action);
  }
}
