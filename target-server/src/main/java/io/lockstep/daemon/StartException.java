package io.lockstep.daemon;

import io.lockstep.block.Refusal;

/// A daemon that cannot start: what, why, what to do.
public final class StartException extends Exception {
  private static final long serialVersionUID = 1;

  StartException(Refusal refusal) {
    super(refusal.sentence());
  }
}
