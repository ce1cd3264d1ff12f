package io.lockstep.iscsi.pdu;

/// The flags of a residual count (RFC 7143 11.4.1, 11.7.3): the difference between what the
/// initiator expected to move and what the command would move.
final class Residual {
  private static final int OVERFLOW = 0x04;
  private static final int UNDERFLOW = 0x02;

  private Residual() {}

  /// @param residual negative for underflow, positive for overflow, 0 for neither
  static void write(BasicHeader header, long residual) {
    header
        .putBit(1, OVERFLOW, residual > 0)
        .putBit(1, UNDERFLOW, residual < 0)
        .put32(44, (int) Math.abs(residual));
  }

  static long read(BasicHeader header) {
    long count = header.i32(44) & 0xffff_ffffL;
    if (header.bit(1, OVERFLOW)) {
      return count;
    }
    return header.bit(1, UNDERFLOW) ? -count : 0;
  }
}
