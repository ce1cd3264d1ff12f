package io.lockstep.iscsi.portal;

/// Why a portal cannot listen: what failed, where, what to do.
final class BindFailure {
  private BindFailure() {}

  static String unknownHost(PortalConfig config) {
    return "Cannot listen on "
        + where(config)
        + ": the host name is unknown. Use an address of this machine.";
  }

  static String sentence(PortalConfig config, Throwable cause) {
    String detail = String.valueOf(cause.getMessage());
    if (detail.contains("in use")) {
      return "Cannot listen on "
          + where(config)
          + ": the port is in use by another program. Stop it (ss -ltnp shows who it is) or choose"
          + " another port for this portal.";
    }
    if (detail.contains("assign requested address")) {
      return "Cannot listen on "
          + where(config)
          + ": this machine does not have the address. Use one that `ip address` shows.";
    }
    if (detail.contains("ermission denied")) {
      return "Cannot listen on "
          + where(config)
          + ": not permitted. Ports below 1024 need a privilege; choose a higher one.";
    }
    return "Cannot listen on " + where(config) + ": " + detail + ".";
  }

  private static String where(PortalConfig config) {
    return config.host() + ":" + config.port();
  }
}
