package io.lockstep.cli;

import io.lockstep.control.api.Done;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import picocli.CommandLine.Command;

/// `lockstep pair ...`: what concerns both nodes at once.
@Command(
    name = "pair",
    description = "Both nodes at once.",
    subcommands = PairCommands.Shutdown.class)
final class PairCommands {
  /// `lockstep pair shutdown`.
  @Command(
      name = "shutdown",
      description = {
        "End both nodes, in sync. Neither hands over to the other;",
        "each mirror is served by its Primary of now after the next start."
      })
  static final class Shutdown extends ControlCommand {
    @Override
    void run() throws ControlException {
      Done done = where.nodes().ask(ControlClient::shutDownPair);
      print(done, done.message());
    }
  }
}
