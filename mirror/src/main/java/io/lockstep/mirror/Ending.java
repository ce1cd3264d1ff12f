package io.lockstep.mirror;

import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.wire.Frame;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The orderly end of a node's mirror: no new role, a Primary steps down, the peer is told, what is
/// under way on the disk ends, a flush, and a note that nothing acknowledged was lost. Afterwards
/// the mirror leaves the disk alone, whose owner closes it.
///
/// A disk that stands still does not hold the end up for ever: at the limit the end is told without
/// that note. What the disk has not given back by then is still under way. Belongs to the mirror's
/// loop.
final class Ending {
  /// How often is looked whether everything has ended.
  private static final long RETRY_NANOS = 5_000_000;

  /// How long the rest may take when a role did not end in time.
  private static final long LEAVE_NANOS = 1_000_000_000;

  private final Node node;
  private boolean begun;
  private @Nullable Consumer<String> done;
  private String undone = "";

  Ending(Node node) {
    this.node = node;
  }

  boolean hasBegun() {
    return begun;
  }

  /// @param whenDone what was left undone, or empty
  void begin(Consumer<String> whenDone) {
    Check.that(!begun, "closed once");
    begun = true;
    done = whenDone;
    node.loop.schedule(
        () -> end("operations on the disk have not ended"),
        node.config.limits().roleChangeNanosMax() + LEAVE_NANOS);
    node.roles.end(this::leave);
  }

  private void leave(String left) {
    undone = left;
    node.connection.send(new Frame.Goodbye("it is shutting down"));
    node.connection.standAlone("shutting down");
    awaitQuiet();
  }

  private void awaitQuiet() {
    if (done == null) {
      return;
    }
    if (!isQuiet()) {
      node.loop.schedule(this::awaitQuiet, RETRY_NANOS);
    } else if (node.isFailed()) {
      end("the disk has failed");
    } else {
      node.disk.flush(
          result -> {
            if (!result.isOk()) {
              node.diskFailed(IoResult.mediumError(result.detail()));
            }
            recordWhole();
          });
    }
  }

  /// A disk that is UpToDate holds every acknowledged write, and now it does so for good.
  private void recordWhole() {
    boolean whole = undone.isEmpty() && !node.isFailed() && node.diskState == DiskState.UP_TO_DATE;
    if (done == null || !whole) {
      end(undone);
    } else {
      node.metadata.update(now -> now.withKeptAll(true), _ -> end(""));
    }
  }

  private void end(String left) {
    Consumer<String> waiting = done;
    if (waiting == null) {
      return;
    }
    done = null;
    node.roles.accepting(false);
    if (!left.isEmpty()) {
      node.alert("The node did not end in order: " + left);
    }
    waiting.accept(left);
  }

  private boolean isQuiet() {
    return !node.connection.isUp()
        && node.peerWrites.isIdle()
        && !node.resyncTarget.isLayingOut()
        && node.metadata.isIdle();
  }
}
