package io.lockstep.cli;

import io.lockstep.block.Check;
import io.lockstep.control.client.Sizes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `lockstep demo`: two nodes and a console on this machine, until Ctrl-C; with `--detach` in the
/// background, until `lockstep demo stop`.
@Command(
    name = "demo",
    description = "Start two nodes and a console on this machine.",
    subcommands = DemoCommand.Stop.class)
final class DemoCommand implements Callable<Integer> {
  private static final String DETACHED = "--detached";
  /// How long a detached start may take.
  private static final Duration START_MAX = Duration.ofSeconds(120);

  private static final Duration STOP_MAX = Duration.ofSeconds(60);

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where the state lies (default: LOCKSTEP_DIR or ./lockstep-demo).")
  private @Nullable Path directory;

  @Option(names = "--size", paramLabel = "SIZE", description = "Size of each disk (default: 4G).")
  private @Nullable String size;

  @Option(
      names = "--mirrors",
      paramLabel = "N",
      description = "How many mirrors, 1 or 2; each node serves one of two (default: 1).")
  private @Nullable Integer mirrors;

  @Option(
      names = "--base-port",
      paramLabel = "PORT",
      description =
          "First of six ports: two portals, console, the links of two mirrors, control"
              + " connection (default: 13260).")
  private @Nullable Integer basePort;

  @Option(
      names = "--detach",
      description = "Return once both nodes and the console answer, and leave them running.")
  private boolean detach;

  /// What `--detach` starts: what it prints goes to a log.
  @Option(names = DETACHED, hidden = true)
  private boolean detached;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    DemoLayout layout = new DemoLayout(Where.directoryOr(directory));
    Files.createDirectories(
        layout.directory(),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    if (detach) {
      return startDetached(layout);
    }
    DemoSettings settings =
        DemoSettings.choose(layout.settings(), sizeBytes(), checkedBasePort(), checkedMirrors());
    return new Demo(layout, settings, spec().commandLine().getOut()).run(detached);
  }

  private CommandSpec spec() {
    return Check.present(spec, "picocli has set the spec");
  }

  private @Nullable Long sizeBytes() {
    if (size == null) {
      return null;
    }
    OptionalLong bytes = Sizes.parse(size);
    if (bytes.isEmpty()) {
      throw new ParameterException(
          spec().commandLine(), "--size " + size + " is not a size; " + Sizes.HINT + ".");
    }
    long wanted = bytes.getAsLong();
    long rounded = DemoSettings.diskBytes(wanted);
    if (rounded > wanted && !detach) {
      spec()
          .commandLine()
          .getOut()
          .println("Each disk has %d bytes: %d, rounded up to 4 KiB.".formatted(rounded, wanted));
    }
    return rounded;
  }

  private @Nullable Integer checkedBasePort() {
    if (basePort != null && (basePort < 1 || basePort > 0xffff - DemoSettings.PORT_COUNT)) {
      throw new ParameterException(
          spec().commandLine(),
          "--base-port " + basePort + " is not possible; choose one between 1024 and 65000.");
    }
    return basePort;
  }

  private @Nullable Integer checkedMirrors() {
    if (mirrors != null && (mirrors < 1 || mirrors > DemoSettings.MIRRORS.size())) {
      throw new ParameterException(
          spec().commandLine(), "--mirrors " + mirrors + " is not possible; choose 1 or 2.");
    }
    return mirrors;
  }

  private int startDetached(DemoLayout layout) throws IOException, InterruptedException {
    sizeBytes();
    checkedBasePort();
    checkedMirrors();
    Files.deleteIfExists(layout.ready());
    List<String> arguments =
        new ArrayList<>(List.of("demo", DETACHED, "--dir", layout.directory().toString()));
    if (size != null) {
      arguments.addAll(List.of("--size", size));
    }
    if (mirrors != null) {
      arguments.addAll(List.of("--mirrors", mirrors.toString()));
    }
    if (basePort != null) {
      arguments.addAll(List.of("--base-port", basePort.toString()));
    }
    Process demo = Programs.startDetached(layout.log(), arguments);
    Waiting.until(START_MAX, () -> Files.exists(layout.ready()) || !demo.isAlive());
    if (Files.exists(layout.ready())) {
      spec().commandLine().getOut().print(Files.readString(layout.ready()));
      return ExitStatus.DONE;
    }
    if (!demo.isAlive()) {
      spec().commandLine().getErr().println(Programs.lastLine(layout.log()));
      return ExitStatus.REFUSED;
    }
    demo.destroy();
    throw new RefusedException(
        "The demo was not started",
        "it is not ready after " + START_MAX.toSeconds() + " s",
        "look at the logs below " + layout.directory());
  }

  /// `lockstep demo stop`.
  @Command(name = "stop", description = "Stop a demo that runs, in the foreground or detached.")
  static final class Stop implements Callable<Integer> {
    @Option(names = "--dir", paramLabel = "DIR", description = "The demo's directory.")
    private @Nullable Path directory;

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
      DemoLayout layout = new DemoLayout(Where.directoryOr(directory));
      Optional<ProcessHandle> demo = layout.running();
      if (demo.isEmpty()) {
        throw new RefusedException(
            "The demo was not stopped",
            "none runs in " + layout.directory(),
            "name its directory with --dir");
      }
      demo.get().destroy();
      if (!Waiting.until(STOP_MAX, () -> !demo.get().isAlive())) {
        throw new RefusedException(
            "The demo was not stopped",
            "process " + demo.get().pid() + " still runs after " + STOP_MAX.toSeconds() + " s",
            "look at the logs below " + layout.directory());
      }
      Check.present(spec, "picocli has set the spec")
          .commandLine()
          .getOut()
          .println("The demo in " + layout.directory() + " has stopped.");
      return ExitStatus.DONE;
    }
  }
}
