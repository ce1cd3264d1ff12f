package io.lockstep.cli;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.client.ControlException;
import picocli.CommandLine.Command;

/// `lockstep session ...`.
@Command(
    name = "session",
    description = "Who is logged in.",
    subcommands = SessionCommands.Show.class)
final class SessionCommands {
  @Command(name = "list", description = "Who is logged in to what, from where, on both nodes.")
  static final class Show extends ControlCommand {
    @Override
    void run() throws ControlException {
      PairStatus status = where.nodes().status();
      print(status.sessions(), StatusView.sessions(status.sessions(), status.nodes()));
    }
  }
}
