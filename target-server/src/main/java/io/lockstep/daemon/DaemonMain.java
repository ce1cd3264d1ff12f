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
      description = "Lays out blank disks: the first of a pair, or the one that joins it.",
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
        description = "With --join: the mirror of that code; not needed while there is one.")
    private @Nullable String mirror;

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
      try {
        DaemonConfig settings = ConfigFile.read(path(config));
        Optional<String> refusal = which.first ? first(settings) : join(settings, which.join);
        refusal.ifPresent(System.err::println);
        return refusal.isPresent() ? REFUSED : 0;
      } catch (ConfigFile.ConfigException e) {
        System.err.println(e.getMessage());
        return REFUSED;
      }
    }

    /// The disks of all mirrors, which make a new pair.
    private Optional<String> first(DaemonConfig settings) {
      if (mirror != null) {
        return Optional.of(
            "The disks were not laid out: --first is for all mirrors; leave --mirror out.");
      }
      SecureRandom dice = new SecureRandom();
      PairIdentity pair = PairIdentity.random(dice);
      int number = 0;
      for (DaemonConfig.MirrorPart part : settings.mirrors()) {
        number++;
        PairIdentity identity = number == 1 ? pair : pair.further(number, dice);
        Optional<String> refusal = DiskInit.run(settings, part, identity, true);
        if (refusal.isPresent()) {
          return refusal.map(why -> why + laidOutBefore(settings, part));
        }
        String option = settings.mirrors().size() == 1 ? "" : " --mirror " + part.name();
        System.out.println(
            "The disk%s is laid out. On the other node: lockstepd init --config FILE%s --join %s"
                .formatted(
                    option.isEmpty() ? "" : " of mirror " + part.name(),
                    option,
                    identity.joinCode()));
      }
      return Optional.empty();
    }

    private static String laidOutBefore(DaemonConfig settings, DaemonConfig.MirrorPart refused) {
      int count = settings.mirrors().indexOf(refused);
      return count == 0
          ? ""
          : " The disk of mirror %s was laid out already; blank it before you try again."
              .formatted(settings.mirrors().getFirst().name());
    }

    private Optional<String> join(DaemonConfig settings, @Nullable String code) {
      Optional<PairIdentity> identity =
          PairIdentity.parse(Check.present(code, "picocli has set one of the two"));
      if (identity.isEmpty()) {
        return Optional.of(
            "The disk was not laid out: --join needs the code that `lockstepd init --first` printed"
                + " on the other node.");
      }
      String names = String.join(" or ", settings.mirrorNames());
      @Nullable String wanted = mirror;
      if (wanted == null && settings.mirrors().size() > 1) {
        return Optional.of(
            "The disk was not laid out: no mirror was named; name the code's with --mirror: "
                + names
                + ".");
      }
      Optional<DaemonConfig.MirrorPart> part =
          wanted == null ? Optional.of(settings.mirrors().getFirst()) : settings.mirror(wanted);
      if (part.isEmpty()) {
        return Optional.of(
            "The disk was not laid out: the configuration has no mirror \"%s\"; name %s."
                .formatted(wanted, names));
      }
      Optional<String> refusal = DiskInit.run(settings, part.get(), identity.get(), false);
      if (refusal.isEmpty()) {
        System.out.println("The disk is laid out and will be filled from the other node.");
      }
      return refusal;
    }
  }
}
