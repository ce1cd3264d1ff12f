package io.lockstep.cli;

/// How the command line ends.
final class ExitStatus {
  /// Done.
  static final int DONE = 0;

  /// Refused or failed.
  static final int REFUSED = 1;

  /// The command line itself is wrong.
  static final int USAGE = 2;

  /// The status was shown, and there is a critical alert in it.
  static final int CRITICAL = 3;

  private ExitStatus() {}
}
