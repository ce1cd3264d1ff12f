package io.lockstep.block.ring;

import io.lockstep.block.Refusal;

/// Why a program cannot listen at a port.
public final class BindFailure {
  private BindFailure() {}

  public static Refusal unknownHost(String host, int port) {
    return refusal(host, port, "the host name is unknown", "use an address of this machine");
  }

  public static Refusal refusal(String host, int port, Throwable cause) {
    String detail = String.valueOf(cause.getMessage());
    if (detail.contains("in use")) {
      return refusal(
          host,
          port,
          "the port is in use by another program",
          "stop it (ss -ltnp shows who it is) or choose another port for this portal");
    }
    if (detail.contains("assign requested address")) {
      return refusal(
          host, port, "this machine does not have the address", "use one that `ip address` shows");
    }
    if (detail.contains("ermission denied")) {
      return refusal(
          host,
          port,
          "not permitted",
          "choose a port of 1024 or above; those below need a privilege");
    }
    return refusal(host, port, detail, "choose another address or port for this portal");
  }

  private static Refusal refusal(String host, int port, String why, String action) {
    return new Refusal("Cannot listen on " + host + ":" + port, why, action);
  }
}
