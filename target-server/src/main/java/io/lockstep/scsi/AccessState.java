package io.lockstep.scsi;

/// Asymmetric access state of a target port group (SPC-4 5.15.2.4, codes of 6.37).
public enum AccessState {
  /// The node serves the medium.
  ACTIVE_OPTIMIZED(0x0),
  /// The node does not serve now and may later.
  STANDBY(0x2),
  /// The node must not be counted on: its copy and the other one have parted.
  UNAVAILABLE(0x3),
  /// The node has stopped to serve, and the other one is about to: ask again.
  TRANSITIONING(0xF);

  /// Which of the states there are, as REPORT TARGET PORT GROUPS says it: T_SUP, U_SUP, S_SUP,
  /// AO_SUP.
  public static final int SUPPORTED = 0x8D;

  private final int code;

  AccessState(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
