package io.lockstep.cli;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// `lockstep export ...`.
@Command(
    name = "export",
    description = {
      "Offer volumes over iSCSI.",
      "Where two mirrors have a volume of one name, or one of them is not served, it is named",
      "MIRROR/VOLUME."
    },
    subcommands = {
      ExportCommands.Create.class,
      ExportCommands.Show.class,
      ExportCommands.Change.class,
      ExportCommands.Delete.class
    })
final class ExportCommands {
  private static final String WRITE_CACHE =
      "off: a write is done when it is stable on every disk; on: after the host's flush.";

  private static boolean isOn(ControlCommand command, String word) {
    return switch (word) {
      case "on" -> true;
      case "off" -> false;
      default ->
          throw new ParameterException(
              command.spec().commandLine(), "--write-cache " + word + " is neither on nor off.");
    };
  }

  private static String note(ExportInfo export) {
    @Nullable String note = export.note();
    return note == null ? "" : note + "\n";
  }

  @Command(name = "create", description = "Offer a volume over iSCSI; prints IQN and portals.")
  static final class Create extends ControlCommand {
    @Parameters(paramLabel = "VOLUME", description = "The volume.")
    private String volume = "";

    @Option(
        names = "--initiator",
        paramLabel = "IQN",
        description =
            "Who may log in; may be given several times. Without it: everybody, or who may use the"
                + " target already.")
    private List<String> initiators = new ArrayList<>();

    @Option(
        names = "--target",
        paramLabel = "NAME",
        description =
            "The target in which to offer it, one with other volumes for example. Without it: the"
                + " one it had, or one of its own.")
    private @Nullable String target;

    @Option(
        names = "--lun",
        paramLabel = "N",
        description = "Its number in the target, 0 to 255. Without it: the first that is free.")
    private @Nullable Integer lun;

    @Option(names = "--write-cache", paramLabel = "on|off", description = WRITE_CACHE)
    private @Nullable String writeCache;

    @Override
    void run() throws ControlException {
      @Nullable Boolean on = writeCache == null ? null : isOn(this, writeCache);
      var request = new Requests.CreateExport(volume, initiators, target, lun, on);
      ExportInfo export = where.nodes().ask(client -> client.createExport(request));
      print(
          export,
          "IQN     %s%nLUN     %d%nPortals %s%n%s"
              .formatted(
                  export.iqn(), export.lun(), String.join(" ", export.portals()), note(export)));
    }
  }

  @Command(name = "list", description = "List all exports.")
  static final class Show extends ControlCommand {
    @Override
    void run() throws ControlException {
      List<ExportInfo> exports = where.nodes().ask(ControlClient::exports);
      print(exports, StatusView.exports(exports));
    }
  }

  @Command(
      name = "change",
      description = "Switch the write cache of an exported volume; its sessions are told.")
  static final class Change extends ControlCommand {
    @Parameters(paramLabel = "VOLUME", description = "The volume.")
    private String volume = "";

    @Option(
        names = "--write-cache",
        required = true,
        paramLabel = "on|off",
        description = WRITE_CACHE)
    private String writeCache = "";

    @Override
    void run() throws ControlException {
      boolean on = isOn(this, writeCache);
      ExportInfo export = where.nodes().ask(client -> client.changeExport(volume, on));
      print(
          export,
          "The write cache of %s is %s.%n%s"
              .formatted(export.volume(), export.cachesWrites() ? "on" : "off", note(export)));
    }
  }

  @Command(name = "delete", description = "Stop offering a volume.")
  static final class Delete extends ControlCommand {
    @Parameters(paramLabel = "VOLUME", description = "The volume.")
    private String volume = "";

    @Override
    void run() throws ControlException {
      Done done = where.nodes().ask(client -> client.deleteExport(volume));
      print(done, done.message());
    }
  }
}
