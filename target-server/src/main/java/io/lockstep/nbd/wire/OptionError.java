package io.lockstep.nbd.wire;

/// Why an option was refused (proto.md, "Option reply types"): bit 31 is set.
public enum OptionError {
  /// Not known here.
  UNSUP(1),
  /// Known, and not allowed here.
  POLICY(2),
  /// Not as the document wants it, or at the wrong moment.
  INVALID(3),
  PLATFORM(4),
  /// Only after STARTTLS.
  TLS_REQD(5),
  /// There is no such export.
  UNKNOWN(6),
  /// The server is going.
  SHUTDOWN(7),
  /// The client has to ask for the block sizes, since they are not the usual ones.
  BLOCK_SIZE_REQD(8),
  /// More than this server takes.
  TOO_BIG(9);

  private static final int ERROR = 1 << 31;

  private final int code;

  OptionError(int code) {
    this.code = ERROR | code;
  }

  public int code() {
    return code;
  }
}
