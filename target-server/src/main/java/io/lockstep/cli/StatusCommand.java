package io.lockstep.cli;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.client.ControlException;
import picocli.CommandLine.Command;

/// `lockstep status`.
@Command(
    name = "status",
    description = {
      "Both nodes: roles, disks, connection, resync, volumes, sessions.",
      "Exit status 3 if there is a critical alert: data is not served or not safe."
    })
final class StatusCommand extends ControlCommand {
  private boolean critical;

  @Override
  void run() throws ControlException {
    PairStatus status = where.nodes().status();
    critical = status.alerts().stream().anyMatch(alert -> alert.severity().equals(Alert.CRITICAL));
    print(status, StatusView.pair(status));
  }

  @Override
  int outcome() {
    return critical ? ExitStatus.CRITICAL : ExitStatus.DONE;
  }
}
