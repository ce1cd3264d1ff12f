package io.lockstep.cli;

import io.lockstep.control.api.Done;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;

/// `lockstep pair ...`: what concerns both nodes at once.
@picocli.CommandLine.Command(
    name = "pair",
    description = "Both nodes at once.",
    subcommands = PairCommands.Shutdown.class)
final class PairCommands {
  /// `lockstep pair shutdown`.
  @picocli.CommandLine.Command(
      name = "shutdown",
      description = {
        "End both nodes, in sync. Neither hands over to the other;",
        "the Primary of now is the one that serves after the next start."
      })
  static final class Shutdown extends Command {
    @Override
    void run() throws ControlException {
      Done done = where.nodes().ask(ControlClient::shutDownPair);
      print(done, done.message());
    }
  }
}
