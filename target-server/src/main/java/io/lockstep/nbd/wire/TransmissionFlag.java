package io.lockstep.nbd.wire;

import java.util.Set;

/// What a server says of an export (proto.md, "Transmission flags").
public enum TransmissionFlag {
  HAS_FLAGS(0),
  READ_ONLY(1),
  SEND_FLUSH(2),
  SEND_FUA(3),
  ROTATIONAL(4),
  SEND_TRIM(5),
  SEND_WRITE_ZEROES(6),
  /// Only where structured replies have been agreed on.
  SEND_DF(7),
  /// A flush on one connection covers what was answered on another.
  CAN_MULTI_CONN(8),
  SEND_CACHE(10),
  SEND_FAST_ZERO(11);

  private final int mask;

  TransmissionFlag(int bit) {
    this.mask = 1 << bit;
  }

  public boolean isIn(int flags) {
    return (flags & mask) != 0;
  }

  /// The field of 16 bits.
  public static int bits(Set<TransmissionFlag> flags) {
    int bits = 0;
    for (TransmissionFlag flag : flags) {
      bits |= flag.mask;
    }
    return bits;
  }
}
