package io.lockstep.nbd.wire;

/// The handshake flags; a client's flags have the same bits (proto.md, "Handshake flags").
public enum HandshakeFlag {
  /// Options can be answered.
  FIXED_NEWSTYLE(0),
  /// The answer to EXPORT_NAME ends without its 124 zeroes.
  NO_ZEROES(1);

  private final int mask;

  HandshakeFlag(int bit) {
    this.mask = 1 << bit;
  }

  public boolean isIn(int flags) {
    return (flags & mask) != 0;
  }

  /// All that there are: what this server offers.
  public static int all() {
    int flags = 0;
    for (HandshakeFlag flag : values()) {
      flags |= flag.mask;
    }
    return flags;
  }

  /// Whether a client has set one that was not offered: it must be dropped.
  public static boolean anyUnknown(int flags) {
    return (flags & ~all()) != 0;
  }
}
