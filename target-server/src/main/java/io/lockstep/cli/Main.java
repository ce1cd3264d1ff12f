package io.lockstep.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Printable;
import io.lockstep.daemon.Release;
import java.io.PrintWriter;
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
      VolumeCommands.class,
      ExportCommands.class,
      SessionCommands.class,
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
    line.setExecutionExceptionHandler((error, at, _) -> failed(error, at));
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
    at.getErr().println(error.getMessage() + " See `" + name + " --help`.");
    return ExitStatus.USAGE;
  }

  private static int failed(Exception error, CommandLine at) throws Exception {
    if (error instanceof ControlException || error instanceof RefusedException) {
      at.getErr().println(Printable.text(String.valueOf(error.getMessage())));
      return ExitStatus.REFUSED;
    }
    throw error;
  }
}
