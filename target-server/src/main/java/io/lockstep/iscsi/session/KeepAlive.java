package io.lockstep.iscsi.session;

/// Whether an initiator still lives: after a silence it is pinged, and one that leaves a ping
/// unanswered is given up (RFC 7143 11.19: NOP-In as a ping). Any PDU from it counts as a sign of
/// life. Pure arithmetic on the loop's time.
final class KeepAlive {
  /// What is due.
  enum Due {
    NOTHING,
    PING,
    GIVE_UP
  }

  private final long silenceNanosMax;
  private final long answerNanosMax;
  private long heardNanos;
  private long pingNanos;
  private boolean pinged;
  private boolean heard;

  KeepAlive(long silenceNanosMax, long answerNanosMax, long nowNanos) {
    this.silenceNanosMax = silenceNanosMax;
    this.answerNanosMax = answerNanosMax;
    this.heardNanos = nowNanos;
  }

  /// A PDU has arrived since the last [#due].
  void heard() {
    heard = true;
  }

  /// Asked now and then; says PING once a silence.
  Due due(long nowNanos) {
    if (heard) {
      heard = false;
      pinged = false;
      heardNanos = nowNanos;
      return Due.NOTHING;
    }
    if (pinged) {
      return nowNanos - pingNanos >= answerNanosMax ? Due.GIVE_UP : Due.NOTHING;
    }
    if (nowNanos - heardNanos < silenceNanosMax) {
      return Due.NOTHING;
    }
    pinged = true;
    pingNanos = nowNanos;
    return Due.PING;
  }
}
