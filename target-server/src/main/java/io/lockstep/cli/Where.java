package io.lockstep.cli;

import io.lockstep.control.client.ControlClient;
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

  @Option(names = "--socket", paramLabel = "PATH", description = "A daemon's control socket.")
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
    return Path.of(
        Optional.ofNullable(System.getenv("LOCKSTEP_DIR"))
            .filter(text -> !text.isBlank())
            .orElse(DIRECTORY_DEFAULT));
  }

  /// The daemons meant: the one at `--socket`, or both of the demo.
  Nodes nodes() {
    String actor = System.getProperty("user.name", "").toLowerCase(Locale.ROOT).strip();
    if (socket != null) {
      return new Nodes(List.of(new ControlClient(socket, actor, FROM)));
    }
    DemoLayout layout = new DemoLayout(directory());
    return new Nodes(
        DemoLayout.NODES.stream()
            .map(node -> new ControlClient(layout.controlSocket(node), actor, FROM))
            .toList());
  }
}
