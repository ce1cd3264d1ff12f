package io.lockstep.nbd.session;

/// Since when something has been due from a client and nothing has come. Pure arithmetic on the
/// loop's time.
final class Standstill {
  private final long nanosMax;
  private long sinceNanos;
  private boolean moves = true;

  Standstill(long nanosMax) {
    this.nanosMax = nanosMax;
  }

  /// Something has come, or left.
  void moves() {
    moves = true;
  }

  /// Asked every few seconds.
  ///
  /// @param due whether something is due now
  boolean isOver(boolean due, long nowNanos) {
    if (moves || !due) {
      moves = false;
      sinceNanos = nowNanos;
    }
    return nowNanos - sinceNanos >= nanosMax;
  }
}
