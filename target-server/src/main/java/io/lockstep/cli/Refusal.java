package io.lockstep.cli;

import org.jspecify.annotations.Nullable;

/// Ends a command with exit status 1 and one line: what, why, what to do.
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1;

  Refusal(String what, String why, String action) {
    super(what + ": " + why + "; " + action + ".");
  }

  Refusal(String sentence, @Nullable Exception cause) {
    super(sentence, cause);
  }
}
