package io.lockstep.cli;

import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.util.List;
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
      List<SessionInfo> sessions = where.nodes().ask(ControlClient::sessions);
      print(sessions, StatusView.sessions(sessions));
    }
  }
}
