package io.lockstep.cli;

import io.lockstep.block.Refusal;

/// Ends a command with exit status 1 and one line: what, why, what to do.
final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Refusal refusal;

  RefusedException(String what, String why, String action) {
    this(new Refusal(what, why, action));
  }

  RefusedException(Refusal refusal) {
    super(refusal.sentence());
    this.refusal = refusal;
  }

  RefusedException(Refusal refusal, Exception cause) {
    super(refusal.sentence(), cause);
    this.refusal = refusal;
  }

  Refusal refusal() {
    return refusal;
  }
}
