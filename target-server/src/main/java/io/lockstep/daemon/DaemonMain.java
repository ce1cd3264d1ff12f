package io.lockstep.daemon;

import io.lockstep.block.Check;
import java.nio.file.Path;
import java.security.SecureRandom;
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
      Daemon daemon = Daemon.start(ConfigFile.read(path(config)));
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
    } catch (ConfigFile.ConfigException | StartException e) {
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
      description = "Lays out a blank disk: the first of a pair, or the one that joins it.",
      mixinStandardHelpOptions = true)
  static final class Init implements Callable<Integer> {
    @Option(
        names = "--config",
        required = true,
        paramLabel = "FILE",
        description = "The configuration file, see docs/configuration.md.")
    private @Nullable Path config;

    @ArgGroup(multiplicity = "1")
    private Which which = new Which();

    /// Which of the two disks it is.
    static final class Which {
      @Option(names = "--first", description = "A new pair; prints the join code for the other.")
      private boolean first;

      @Option(names = "--join", paramLabel = "CODE", description = "The pair of that join code.")
      private @Nullable String join;
    }

    @Override
    public Integer call() {
      Optional<PairIdentity> identity =
          which.join == null
              ? Optional.of(PairIdentity.random(new SecureRandom()))
              : PairIdentity.parse(which.join);
      if (identity.isEmpty()) {
        System.err.println(
            "The disk was not laid out: --join needs the code that `lockstepd init --first` printed"
                + " on the other node.");
        return REFUSED;
      }
      try {
        DaemonConfig settings = ConfigFile.read(path(config));
        Optional<String> refusal = DiskInit.run(settings, identity.get(), which.first);
        if (refusal.isPresent()) {
          System.err.println(refusal.get());
          return REFUSED;
        }
        System.out.println(
            which.first
                ? "The disk is laid out. On the other node: lockstepd init --config FILE --join "
                    + identity.get().joinCode()
                : "The disk is laid out and will be filled from the other node.");
        return 0;
      } catch (ConfigFile.ConfigException e) {
        System.err.println(e.getMessage());
        return REFUSED;
      }
    }
  }
}
