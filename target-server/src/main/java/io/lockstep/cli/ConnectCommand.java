package io.lockstep.cli;

import io.lockstep.control.api.ConnectInfo;
import io.lockstep.control.client.ControlException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `lockstep connect VOLUME`.
@Command(
    name = "connect",
    description = {
      "The exact commands for open-iscsi, QEMU and libvirt to use a volume,",
      "and settings for multipath-tools and iscsid, with what they cost."
    })
final class ConnectCommand extends ControlCommand {
  @Parameters(paramLabel = "VOLUME", description = "An exported volume.")
  private String volume = "";

  @Override
  void run() throws ControlException {
    ConnectInfo info = where.nodes().ask(client -> client.connect(volume));
    StringBuilder text = new StringBuilder();
    for (ConnectInfo.Recipe recipe : info.recipes()) {
      text.append("# ").append(recipe.title()).append(": ").append(recipe.note()).append('\n');
      text.append(recipe.text()).append("\n\n");
    }
    print(info, text.toString().stripTrailing());
  }
}
