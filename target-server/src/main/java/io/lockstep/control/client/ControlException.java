package io.lockstep.control.client;

import io.lockstep.control.api.Problem;
import java.net.ConnectException;

/// A call that was refused or could not be made. [#problem] says what, why and what to do.
public final class ControlException extends Exception {
  private static final long serialVersionUID = 1;

  /// The status of a problem that did not come from a daemon: nobody answered at the socket.
  public static final int UNREACHABLE = 0;

  private final transient Problem problem;
  private final boolean nobodyListens;

  public ControlException(Problem problem) {
    super(problem.sentence());
    this.problem = problem;
    this.nobodyListens = false;
  }

  ControlException(Problem problem, Exception cause) {
    this(problem, cause, false);
  }

  ControlException(Problem problem, Exception cause, boolean nobodyListens) {
    super(problem.sentence(), cause);
    this.problem = problem;
    this.nobodyListens = nobodyListens;
  }

  public Problem problem() {
    return problem;
  }

  /// Whether no daemon answered, so that nobody has said anything about the request.
  public boolean isUnreachable() {
    return problem.status() == UNREACHABLE;
  }

  /// Whether no process is behind the socket: its file is not there, or nobody listens. That is
  /// known; of a daemon that takes the connection and says nothing, it is not known what it does.
  public boolean isNobodyListening() {
    return nobodyListens;
  }

  /// Whether the socket is there, on this machine, and refuses: the process that made it has ended.
  /// Of a socket that is not there nothing is known but that.
  public boolean isProcessGone() {
    return nobodyListens && getCause() instanceof ConnectException;
  }
}
