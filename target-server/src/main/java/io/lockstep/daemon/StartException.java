package io.lockstep.daemon;

/// A daemon that cannot start: what, why, what to do.
public final class StartException extends Exception {
  private static final long serialVersionUID = 1;

  StartException(String sentence) {
    super(sentence);
  }
}
