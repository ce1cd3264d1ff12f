package io.lockstep.cli;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.client.ControlException;
import picocli.CommandLine.Command;

/// `lockstep status`.
@Command(
    name = "status",
    description = "Both nodes: roles, disks, connection, resync, volumes, sessions.")
final class StatusCommand extends ControlCommand {
  @Override
  void run() throws ControlException {
    PairStatus status = where.nodes().status();
    print(status, StatusView.pair(status));
  }
}
