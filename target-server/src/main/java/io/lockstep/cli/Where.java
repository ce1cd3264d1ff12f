package io.lockstep.cli;

import io.lockstep.control.client.ControlClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that every command shares: which daemons it talks to, and how it prints.
final class Where {
  /// The directory that is used without `--dir`.
  static final String DIRECTORY_DEFAULT = "lockstep-demo";

  /// The socket of an installed node, which is used where nothing is named and no demo is there.
  static final Path SOCKET_DEFAULT = Path.of("/run/lockstep/control.sock");

  /// The way by which a command asks, for the audit trail.
  private static final String FROM = "CLI";

  /// How a command prints.
  enum Output {
    /// Tables for people.
    TABLE,
    /// One JSON value, sizes in bytes.
    JSON
  }

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "State of the demo (default: LOCKSTEP_DIR or ./" + DIRECTORY_DEFAULT + ").")
  private @Nullable Path directory;

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = {
        "A daemon's control socket. Without it, without --dir",
        "and LOCKSTEP_DIR, and where there is no",
        "./" + DIRECTORY_DEFAULT + ", it is that of an installed node:",
        "/run/lockstep/control.sock"
      })
  private @Nullable Path socket;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "table (default) or json.")
  private Output output = Output.TABLE;

  boolean json() {
    return output == Output.JSON;
  }

  /// The directory of the demo.
  Path directory() {
    return directoryOr(directory);
  }

  /// `chosen`, or the default.
  static Path directoryOr(@Nullable Path chosen) {
    if (chosen != null) {
      return chosen;
    }
    return ofEnvironment().orElse(Path.of(DIRECTORY_DEFAULT));
  }

  private static Optional<Path> ofEnvironment() {
    return Optional.ofNullable(System.getenv("LOCKSTEP_DIR"))
        .filter(text -> !text.isBlank())
        .map(Path::of);
  }

  /// The one socket meant; empty if it is those of a demo.
  private Optional<Path> oneSocket() {
    if (socket != null || directory != null || ofEnvironment().isPresent()) {
      return Optional.ofNullable(socket);
    }
    return Files.exists(Path.of(DIRECTORY_DEFAULT))
        ? Optional.empty()
        : Optional.of(SOCKET_DEFAULT);
  }

  /// The daemons meant: the one at `--socket`, both of the demo, or that of an installed node.
  Nodes nodes() {
    String actor = System.getProperty("user.name", "").toLowerCase(Locale.ROOT).strip();
    Optional<Path> one = oneSocket();
    if (one.isPresent()) {
      return new Nodes(List.of(new ControlClient(one.get(), actor, FROM)));
    }
    DemoLayout layout = new DemoLayout(directory());
    return new Nodes(
        DemoLayout.NODES.stream()
            .map(node -> new ControlClient(layout.controlSocket(node), actor, FROM))
            .toList());
  }
}
