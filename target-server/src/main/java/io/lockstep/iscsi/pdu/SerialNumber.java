package io.lockstep.iscsi.pdu;

/// 32-bit serial number arithmetic (RFC 1982), as RFC 7143 4.2.2.1 wants it for CmdSN, StatSN and
/// their kin: numbers wrap, and "less" means "less than half the circle ahead".
public final class SerialNumber {
  private SerialNumber() {}

  /// Whether `left` comes before `right`.
  public static boolean isBefore(int left, int right) {
    return left - right < 0;
  }

  /// Whether `number` lies in `[first, last]`. An empty window has `last == first - 1`.
  public static boolean isWithin(int number, int first, int last) {
    return !isBefore(number, first) && !isBefore(last, number);
  }

  /// The later of two numbers.
  public static int later(int left, int right) {
    return isBefore(left, right) ? right : left;
  }
}
