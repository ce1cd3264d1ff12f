package io.lockstep.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.block.Refusal;
import io.lockstep.control.api.Json;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Printable;
import io.lockstep.daemon.Release;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/// `lockstep`: the command line's main class.
@Command(
    name = "lockstep",
    description = "Two machines, one disk, iSCSI volumes on top.",
    mixinStandardHelpOptions = true,
    versionProvider = Release.class,
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Programs of their own, which run until SIGTERM:",
      "  lockstepd --config FILE         a node; also `lockstep daemon`",
      "  lockstep-console --config FILE  the web console; also `lockstep console`",
      "",
      "In a source tree (docs/testing.md, docs/benchmarks.md):",
      "  ./lockstep simulate --help      seeded histories of a pair, and planted bugs",
      "  ./lockstep bench --help         what the data path costs",
    },
    subcommands = {
      DemoCommand.class,
      StatusCommand.class,
      WaitCommand.class,
      VolumeCommands.class,
      SnapshotCommands.class,
      ExportCommands.class,
      SessionCommands.class,
      JobCommands.class,
      MirrorCommands.class,
      ConnectCommand.class,
      NodeCommands.class,
      PairCommands.class,
      AuditCommand.class,
      CommandLine.HelpCommand.class
    })
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.exit(
        run(
            args,
            new PrintWriter(System.out, true, UTF_8),
            new PrintWriter(System.err, true, UTF_8)));
  }

  /// Runs one command.
  ///
  /// @return the exit status
  public static int run(String[] args, PrintWriter out, PrintWriter err) {
    CommandLine line = new CommandLine(new Main());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setOut(out);
    line.setErr(err);
    addHelp(line);
    line.setParameterExceptionHandler(Main::usage);
    line.setExecutionExceptionHandler(
        (error, at, parsed) -> failed(error, at, parsed.originalArgs()));
    int status = line.execute(args);
    out.flush();
    err.flush();
    return status;
  }

  /// `-h` for every command, and a usage error for a group without its command.
  private static void addHelp(CommandLine line) {
    for (CommandLine command : line.getSubcommands().values()) {
      if (!(command.getCommand() instanceof CommandLine.HelpCommand)) {
        command.getCommandSpec().mixinStandardHelpOptions(true);
        addHelp(command);
      }
    }
  }

  private static int usage(ParameterException error, String[] args) {
    CommandLine at = error.getCommandLine();
    String name = at.getCommandSpec().qualifiedName();
    String help = "See `" + name + " --help`.";
    String why = String.valueOf(error.getMessage());
    boolean json = wantsJson(List.of(args));
    at.getErr()
        .println(json ? Json.pretty(new Refusal("Nothing was done", why, help)) : why + " " + help);
    return ExitStatus.USAGE;
  }

  private static int failed(Exception error, CommandLine at, List<String> args) throws Exception {
    Refusal refusal =
        switch (error) {
          case ControlException refused -> refused.problem().refusal();
          case RefusedException refused -> refused.refusal();
          default -> throw error;
        };
    at.getErr()
        .println(wantsJson(args) ? Json.pretty(refusal) : Printable.text(refusal.sentence()));
    return ExitStatus.REFUSED;
  }

  /// Whether JSON was asked for, as far as a command line that may be wrong says so.
  private static boolean wantsJson(List<String> args) {
    for (int index = 0; index < args.size(); index++) {
      String word = args.get(index).toLowerCase(Locale.ROOT);
      boolean output = word.equals("-o") || word.equals("--output");
      boolean follows = index + 1 < args.size() && args.get(index + 1).equalsIgnoreCase("json");
      if ((output && follows) || word.matches("(-o=?|--output=)json")) {
        return true;
      }
    }
    return false;
  }
}
