package io.lockstep.cli;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.client.ControlException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `lockstep wait`.
@Command(
    name = "wait",
    description = {
      "Waits until the pair is in sync: each mirror whole on both nodes.",
      "Shows how far a resync is, and ends with status 1 where nothing comes by itself. Ctrl-C ends"
          + " the waiting, not the resync."
    })
final class WaitCommand extends ControlCommand {
  private static final String NOT_IN_SYNC = "The pair is not in sync";
  private static final long LOOK_MILLIS = 500;

  private static final SyncOutlook NOBODY =
      new SyncOutlook.Coming("no node answers; they are asked again", OptionalInt.empty(), "");

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Gives up after so long, with status 1; without it, waits as long as it takes.")
  private @Nullable Long timeoutSeconds;

  @Override
  void run() throws ControlException {
    PrintWriter shown = where.json() ? new PrintWriter(Writer.nullWriter()) : out();
    var line = new ProgressLine(shown, ProgressLine.isTerminal(), System::nanoTime);
    var left = new Thread(() -> left(shown));
    Runtime.getRuntime().addShutdownHook(left);
    PairStatus whole;
    try {
      whole = untilWhole(line);
    } finally {
      Runtime.getRuntime().removeShutdownHook(left);
      line.end();
    }
    print(whole.mirrors(), "The pair is in sync.");
  }

  /// Somebody does not wait any longer.
  private static void left(PrintWriter shown) {
    shown.println();
    shown.println(
        "What was waited for goes on by itself: `lockstep wait` waits again, `lockstep status`"
            + " shows how far it is, `lockstep mirror disconnect` stops a resync.");
    shown.flush();
  }

  private PairStatus untilWhole(ProgressLine line) throws ControlException {
    Nodes nodes = where.nodes();
    long startNanos = System.nanoTime();
    // Where nobody answers at once there is nothing to wait for.
    Optional<PairStatus> status = Optional.of(nodes.status());
    while (true) {
      SyncOutlook outlook = status.map(seen -> SyncOutlook.of(seen.mirrors())).orElse(NOBODY);
      switch (outlook) {
        case SyncOutlook.InSync() -> {
          return status.orElseThrow();
        }
        case SyncOutlook.Stuck(String why, String action) ->
            throw new RefusedException(NOT_IN_SYNC, why, action);
        case SyncOutlook.Coming(String what, OptionalInt percent, String more) -> {
          line.at(what, percent, more);
          refuseIfLate(startNanos, what + more);
        }
      }
      pause();
      status = look(nodes);
    }
  }

  /// Empty while nobody answers.
  private static Optional<PairStatus> look(Nodes nodes) throws ControlException {
    try {
      return Optional.of(nodes.status());
    } catch (ControlException e) {
      if (e.isUnreachable()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private void refuseIfLate(long startNanos, String what) {
    @Nullable Long limit = timeoutSeconds;
    if (limit != null && System.nanoTime() - startNanos >= TimeUnit.SECONDS.toNanos(limit)) {
      throw new RefusedException(NOT_IN_SYNC, "time is up: " + what, "`lockstep wait` waits again");
    }
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while a resync was waited for", e);
    }
  }
}
