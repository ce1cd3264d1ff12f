package io.lockstep.cli;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Printable;
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

  private static final String EXCLUSIVE =
      "A critical alert stands while hosts of two names are logged in; it keeps nobody out, which"
          + " --initiator does. One host by several paths is one. Not for live migration, when two"
          + " hosts have it at once, nor for file systems that hosts share.";

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

    @Option(names = "--exclusive", description = "It is meant for one host at a time. " + EXCLUSIVE)
    private boolean exclusive;

    @Override
    void run() throws ControlException {
      @Nullable Boolean on = writeCache == null ? null : isOn(this, writeCache);
      var request =
          new Requests.CreateExport(volume, initiators, target, lun, on, exclusive ? true : null);
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
      name = "set",
      aliases = "change",
      description = {
        "Change an export while it is in use: who may log in, and the write cache.",
        "Who may log in is said of the target: of all volumes in it. Whoever is added may log in"
            + " at once. The sessions of whoever is taken away end, once --yes is given or a"
            + " person at the terminal has typed the volume's name."
      })
  static final class Change extends ControlCommand {
    @Parameters(paramLabel = "VOLUME", description = "The volume.")
    private String volume = "";

    @Option(
        names = "--initiator",
        paramLabel = "IQN",
        description = "Who may log in from now on, and nobody else; may be given several times.")
    private List<String> initiators = new ArrayList<>();

    @Option(names = "--everybody", description = "Everybody may log in from now on.")
    private boolean everybody;

    @Option(
        names = "--exclusive",
        negatable = true,
        description = "Whether it is meant for one host at a time. " + EXCLUSIVE)
    private @Nullable Boolean exclusive;

    @Option(names = "--write-cache", paramLabel = "on|off", description = WRITE_CACHE)
    private @Nullable String writeCache;

    @Option(
        names = "--yes",
        description = "End the sessions of those who may not log in any more, without asking.")
    private boolean yes;

    @Override
    void run() throws ControlException {
      @Nullable Boolean on = writeCache == null ? null : isOn(this, writeCache);
      @Nullable List<String> names = initiators.isEmpty() && !everybody ? null : initiators;
      var asked = new Requests.ChangeExport(on, names, exclusive, yes ? true : null, null);
      if (asked.changesNothing() || (everybody && !initiators.isEmpty())) {
        throw new ParameterException(
            spec().commandLine(),
            "Give --initiator or --everybody, --exclusive or --no-exclusive, --write-cache.");
      }
      Requests.ChangeExport request = confirmed(asked);
      ExportInfo export = where.nodes().ask(client -> client.changeExport(volume, request));
      print(export, said(asked, export) + note(export));
    }

    private static String said(Requests.ChangeExport asked, ExportInfo export) {
      String cache =
          asked.writeCache() == null
              ? ""
              : "The write cache of %s is %s.%n"
                  .formatted(export.volume(), export.cachesWrites() ? "on" : "off");
      return asked.initiators() == null && asked.exclusive() == null
          ? cache
          : cache + "%s may be used by: %s%n".formatted(export.volume(), StatusView.users(export));
    }

    /// Whoever sits at the terminal is asked before sessions end; where nobody sits, the daemon
    /// refuses and names them.
    private Requests.ChangeExport confirmed(Requests.ChangeExport asked) throws ControlException {
      @Nullable List<String> names = asked.initiators();
      Asking asking = Asking.terminal();
      if (names == null || asked.endsSessions() || asking.isAlone()) {
        return asked;
      }
      PairStatus status = where.nodes().ask(ControlClient::status);
      List<SessionInfo> cut =
          status.exports().stream()
              .filter(export -> export.isCalled(volume))
              .findFirst()
              .map(export -> SessionInfo.cutOff(status.sessions(), export.iqn(), names))
              .orElse(List.of());
      if (cut.isEmpty()) {
        return asked;
      }
      asking.confirm(
          "The export of " + volume + " was not changed",
          Printable.text(SessionInfo.names(cut))
              + (cut.size() == 1 ? " is logged in, and is" : " are logged in, and are")
              + " cut off.",
          volume);
      return asked.ending(cut.stream().map(SessionInfo::initiator).distinct().toList());
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
