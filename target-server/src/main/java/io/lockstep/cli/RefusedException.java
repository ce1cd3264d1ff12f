package io.lockstep.cli;

import io.lockstep.block.Refusal;

/// Ends a command with exit status 1 and one line: what, why, what to do.
final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  RefusedException(String what, String why, String action) {
    super(new Refusal(what, why, action).sentence());
  }

  RefusedException(Refusal refusal, Exception cause) {
    super(refusal.sentence(), cause);
  }
}
