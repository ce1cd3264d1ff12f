package io.lockstep.iscsi.session;

/// Since when data of writes has been due and none has come. Pure arithmetic on the loop's time.
final class DataDue {
  private final long nanosMax;
  private long sinceNanos;
  private boolean moves = true;

  DataDue(long nanosMax) {
    this.nanosMax = nanosMax;
  }

  /// Data has come, or was asked for.
  void moves() {
    moves = true;
  }

  /// Asked every few seconds.
  ///
  /// @param due whether data is due now
  boolean isOverdue(boolean due, long nowNanos) {
    if (moves || !due) {
      moves = false;
      sinceNanos = nowNanos;
    }
    return nowNanos - sinceNanos >= nanosMax;
  }
}
