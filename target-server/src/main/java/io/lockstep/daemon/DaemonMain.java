package io.lockstep.daemon;

import io.lockstep.block.Check;
import io.lockstep.block.disk.FileSpace;
import io.lockstep.log.LogFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `lockstepd`: the daemon's main class. Exit status 0 after SIGTERM, 1 if it cannot start (one
/// line says why), 2 for a wrong command line, 70 after a bug in itself.
@Command(
    name = "lockstepd",
    description = "Runs one node.",
    mixinStandardHelpOptions = true,
    versionProvider = Release.class,
    subcommands = DaemonMain.Init.class)
public final class DaemonMain implements Callable<Integer> {
  private static final int REFUSED = 1;

  /// Needed to run a node, but not beside `init`, which has its own; so it is asked for by hand.
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The configuration file, see docs/configuration.md.")
  private @Nullable Path config;

  @Spec private @Nullable CommandSpec spec;

  public static void main(String[] args) {
    System.exit(new CommandLine(new DaemonMain()).execute(args));
  }

  @Override
  public Integer call() {
    if (config == null) {
      throw new ParameterException(
          Check.present(spec, "picocli has set the spec").commandLine(),
          "Missing required option: '--config=FILE'");
    }
    try {
      DaemonConfig settings = ConfigFile.read(path(config));
      if (settings.written().logFile().isPresent()) {
        LogFile.use(settings.written().logFile().get());
      }
      Daemon daemon = Daemon.start(settings);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    // A JVM that ends by SIGTERM exits with 143, which means failure to others.
                    Runtime.getRuntime().halt(daemon.stop() ? 0 : REFUSED);
                  },
                  "stop"));
      daemon.onStopWanted(() -> Thread.ofPlatform().name("exit").start(() -> System.exit(0)));
      // Nothing else is left for this thread: the node lives on its loops until a signal comes.
      new CountDownLatch(1).await();
      return 0;
    } catch (ConfigFile.ConfigException | StartException | IOException e) {
      System.err.println(e.getMessage());
      return REFUSED;
    } catch (InterruptedException e) {
      return 0;
    }
  }

  private static Path path(@Nullable Path given) {
    return Check.present(given, "picocli has set a required option");
  }

  /// `lockstepd init`.
  @Command(
      name = "init",
      description = {
        "Lays out blank disks: the first ones of a pair, the one of a further mirror, or the one",
        "that joins it."
      },
      mixinStandardHelpOptions = true)
  static final class Init implements Callable<Integer> {
    @Option(
        names = "--config",
        required = true,
        paramLabel = "FILE",
        description = "The configuration file, see docs/configuration.md.")
    private @Nullable Path config;

    @Option(
        names = "--mirror",
        paramLabel = "NAME",
        description = {
          "With --join: the mirror of that code; not needed while there is one.",
          "Alone: a further mirror of the pair that this node belongs to already; prints the join"
              + " code for the other node."
        })
    private @Nullable String mirror;

    @ArgGroup private @Nullable Which which;

    @Spec private @Nullable CommandSpec spec;

    /// Which disk it is, if not that of a further mirror.
    static final class Which {
      @Option(names = "--first", description = "A new pair; prints the join code for the other.")
      private boolean first;

      @Option(names = "--join", paramLabel = "CODE", description = "The pair of that join code.")
      private @Nullable String join;
    }

    @Override
    public Integer call() {
      if (which == null && mirror == null) {
        throw wrong("Missing required argument: --first, --join=CODE or --mirror=NAME");
      }
      if (which != null && which.first && mirror != null) {
        throw wrong("--first is for all mirrors; leave --mirror out, or --first to add one");
      }
      try {
        DaemonConfig settings = ConfigFile.read(path(config));
        var layOut = new LayOut(settings, System.out::println);
        Optional<String> refusal = run(layOut);
        var trail = new InitTrail(settings, asked(), this::warn);
        layOut.done().forEach(trail::laidOut);
        refusal.ifPresent(trail::refused);
        refusal.ifPresent(System.err::println);
        if (refusal.isEmpty()) {
          warnOfSpace(settings);
        }
        return refusal.isPresent() ? REFUSED : 0;
      } catch (ConfigFile.ConfigException e) {
        System.err.println(e.getMessage());
        return REFUSED;
      }
    }

    private static void warnOfSpace(DaemonConfig settings) {
      for (DaemonConfig.MirrorPart part : settings.mirrors()) {
        FileSpace.of(part.disk())
            .flatMap(FileSpace::warning)
            .ifPresent(warning -> System.err.println("Warning: " + warning));
      }
    }

    private Optional<String> run(LayOut layOut) {
      if (which == null) {
        return layOut.further(Check.present(mirror, "one of the three was given"));
      }
      return which.first
          ? layOut.first()
          : layOut.join(mirror, Check.present(which.join, "picocli has set one of the two"));
    }

    private void warn(String line) {
      Check.present(spec, "picocli has set the spec").commandLine().getErr().println(line);
    }

    /// What the audit trail says of it.
    private Map<String, Object> asked() {
      Map<String, Object> asked = new LinkedHashMap<>();
      if (which != null && which.first) {
        asked.put("first", true);
      }
      if (which != null && which.join != null) {
        asked.put("join", which.join);
      }
      if (mirror != null) {
        asked.put("mirror", mirror);
      }
      return asked;
    }

    private ParameterException wrong(String sentence) {
      return new ParameterException(
          Check.present(spec, "picocli has set the spec").commandLine(), sentence);
    }
  }
}
