package io.lockstep.cli;

import io.lockstep.block.Check;
import io.lockstep.control.client.ControlException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `lockstep node ...`: ends and starts one node of a running demo, to see what the other one does.
@Command(
    name = "node",
    description = "Start or stop one node of a running demo.",
    subcommands = {NodeCommands.Start.class, NodeCommands.Stop.class})
final class NodeCommands {
  private static final Duration START_MAX = Duration.ofSeconds(60);

  /// A little longer than the daemon takes at worst.
  private static final Duration STOP_MAX = Duration.ofSeconds(35);

  /// What both have in common.
  abstract static class OfDemo implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "a or b.")
    private String name = "";

    @Option(names = "--dir", paramLabel = "DIR", description = "The demo's directory.")
    private @Nullable Path directory;

    @Spec private @Nullable CommandSpec spec;

    abstract String run(DemoLayout layout, String node)
        throws IOException, InterruptedException, ControlException;

    @Override
    public final Integer call() throws IOException, InterruptedException, ControlException {
      if (!DemoLayout.NODES.contains(name)) {
        throw new RefusedException(
            "Nothing was done", "the demo has no node \"" + name + "\"", "name a or b");
      }
      String message = run(new DemoLayout(Where.directoryOr(directory)), name);
      Check.present(spec, "picocli has set the spec").commandLine().getOut().println(message);
      return ExitStatus.DONE;
    }
  }

  /// `lockstep node start`.
  @Command(name = "start", description = "Start a node that is not running.")
  static final class Start extends OfDemo {
    @Override
    String run(DemoLayout layout, String node) throws IOException, InterruptedException {
      Optional<ProcessHandle> demo = layout.running();
      if (demo.isEmpty()) {
        throw new RefusedException(
            "Node " + node + " was not started",
            "no demo runs in " + layout.directory(),
            "start it with `lockstep demo`");
      }
      if (layout.processOf(node).isPresent()) {
        throw new RefusedException(
            "Node " + node + " was not started", "it runs already", "see `lockstep status`");
      }
      Process process =
          Programs.startTethered(
              demo.get().pid(),
              layout.nodeLog(node),
              Programs.DAEMON,
              "--config",
              layout.config(node).toString());
      Waiting.until(START_MAX, () -> layout.processOf(node).isPresent() || !process.isAlive());
      if (layout.processOf(node).isEmpty()) {
        throw new RefusedException(
            "Node " + node + " was not started",
            Programs.lastLine(layout.nodeLog(node)),
            "its log is " + layout.nodeLog(node));
      }
      return "Node " + node + " runs as process " + process.pid() + ".";
    }
  }

  /// `lockstep node stop`.
  @Command(
      name = "stop",
      description = "Stop a node in order; a Primary hands over to a peer in sync first.")
  static final class Stop extends OfDemo {
    @Option(
        names = "--no-handover",
        description = "A Primary only steps down, and serves again when it is started.")
    private boolean noHandover;

    @Override
    String run(DemoLayout layout, String node) throws InterruptedException, ControlException {
      Optional<ProcessHandle> process = layout.processOf(node).flatMap(ProcessHandle::of);
      if (process.isEmpty()) {
        throw new RefusedException(
            "Node " + node + " was not stopped", "it does not run", "see `lockstep status`");
      }
      if (noHandover) {
        layout.client(node).stopNode(false);
      } else {
        process.get().destroy();
      }
      if (!Waiting.until(STOP_MAX, () -> !process.get().isAlive())) {
        throw new RefusedException(
            "Node " + node + " was not stopped",
            "process " + process.get().pid() + " still runs",
            "look at " + layout.nodeLog(node));
      }
      return "Node " + node + " has stopped.";
    }
  }
}
