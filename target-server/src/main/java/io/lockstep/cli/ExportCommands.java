package io.lockstep.cli;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `lockstep export ...`.
@picocli.CommandLine.Command(
    name = "export",
    description = "Offer volumes over iSCSI.",
    subcommands = {
      ExportCommands.Create.class,
      ExportCommands.Show.class,
      ExportCommands.Delete.class
    })
final class ExportCommands {
  @picocli.CommandLine.Command(
      name = "create",
      description = "Offer a volume over iSCSI; prints IQN and portals.")
  static final class Create extends Command {
    @Parameters(paramLabel = "VOLUME", description = "The volume.")
    private String volume = "";

    @Option(
        names = "--initiator",
        paramLabel = "IQN",
        description = "Who may log in; may be given several times. Without it: everybody.")
    private List<String> initiators = new ArrayList<>();

    @Override
    void run() throws ControlException {
      ExportInfo export = where.nodes().ask(client -> client.createExport(volume, initiators));
      print(
          export,
          "IQN     %s%nLUN     %d%nPortals %s%n"
              .formatted(export.iqn(), export.lun(), String.join(" ", export.portals())));
    }
  }

  @picocli.CommandLine.Command(name = "list", description = "List all exports.")
  static final class Show extends Command {
    @Override
    void run() throws ControlException {
      List<ExportInfo> exports = where.nodes().ask(ControlClient::exports);
      print(exports, StatusView.exports(exports));
    }
  }

  @picocli.CommandLine.Command(name = "delete", description = "Stop offering a volume.")
  static final class Delete extends Command {
    @Parameters(paramLabel = "VOLUME", description = "The volume.")
    private String volume = "";

    @Override
    void run() throws ControlException {
      Done done = where.nodes().ask(client -> client.deleteExport(volume));
      print(done, done.message());
    }
  }
}
