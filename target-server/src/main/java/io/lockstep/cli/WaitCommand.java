package io.lockstep.cli;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.client.ControlException;
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

  private static final String LEFT =
      "What was waited for goes on by itself: `lockstep wait` waits again, `lockstep status`"
          + " shows how far it is, `lockstep mirror disconnect` stops a resync.";

  private static final SyncOutlook NOBODY =
      new SyncOutlook.Coming("no node answers; they are asked again", OptionalInt.empty(), "");

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "Gives up after so long, with status 1; without it, waits as long as it takes.")
  private @Nullable Long timeoutSeconds;

  @Override
  void run() throws ControlException {
    Nodes nodes = where.nodes();
    nodes.status(); // Where nobody answers at once there is nothing to wait for.
    long startNanos = System.nanoTime();
    var wait = new LongWait(nodes, where.json() ? LongWait.nobody() : out(), LEFT);
    PairStatus whole = wait.until(seen -> look(seen, startNanos));
    print(whole.mirrors(), "The pair is in sync.");
  }

  private LongWait.Seen<PairStatus> look(Optional<PairStatus> seen, long startNanos) {
    SyncOutlook outlook = seen.map(status -> SyncOutlook.of(status.mirrors())).orElse(NOBODY);
    return switch (outlook) {
      case SyncOutlook.InSync() -> new LongWait.Seen.Ended<>(seen.orElseThrow());
      case SyncOutlook.Stuck(String why, String action) ->
          throw new RefusedException(NOT_IN_SYNC, why, action);
      case SyncOutlook.Coming(String what, OptionalInt percent, String more) -> {
        refuseIfLate(startNanos, what + more);
        yield new LongWait.Seen.UnderWay<>(what, percent, more);
      }
    };
  }

  private void refuseIfLate(long startNanos, String what) {
    @Nullable Long limit = timeoutSeconds;
    if (limit != null && System.nanoTime() - startNanos >= TimeUnit.SECONDS.toNanos(limit)) {
      throw new RefusedException(NOT_IN_SYNC, "time is up: " + what, "`lockstep wait` waits again");
    }
  }
}
