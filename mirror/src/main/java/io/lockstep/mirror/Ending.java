package io.lockstep.mirror;

import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.wire.Frame;

/// The orderly end of a node's mirror: no new role, a Primary steps down, the peer is told, what is
/// under way on the disk ends, a flush, and a note that nothing acknowledged was lost. Afterwards
/// the mirror leaves the disk alone, whose owner closes it. Belongs to the mirror's loop.
final class Ending {
  /// How often is looked whether everything has ended.
  private static final long RETRY_NANOS = 5_000_000;

  private final Node node;
  private boolean begun;

  Ending(Node node) {
    this.node = node;
  }

  boolean hasBegun() {
    return begun;
  }

  void begin(Runnable done) {
    Check.that(!begun, "closed once");
    begun = true;
    node.roles.end(() -> leave(done));
  }

  private void leave(Runnable done) {
    node.connection.send(new Frame.Goodbye("it is shutting down"));
    node.connection.standAlone("shutting down");
    awaitQuiet(done);
  }

  private void awaitQuiet(Runnable done) {
    if (!isQuiet()) {
      node.loop.schedule(() -> awaitQuiet(done), RETRY_NANOS);
    } else if (node.isFailed()) {
      done.run();
    } else {
      node.disk.flush(
          result -> {
            if (!result.isOk()) {
              node.diskFailed(IoResult.mediumError(result.detail()));
            }
            recordWhole(done);
          });
    }
  }

  /// A disk that is UpToDate holds every acknowledged write, and now it does so for good.
  private void recordWhole(Runnable done) {
    if (node.isFailed() || node.diskState != DiskState.UP_TO_DATE) {
      done.run();
    } else {
      node.metadata.update(now -> now.withKeptAll(true), _ -> done.run());
    }
  }

  private boolean isQuiet() {
    return !node.connection.isUp()
        && node.peerWrites.isIdle()
        && !node.resyncTarget.isLayingOut()
        && node.metadata.isIdle();
  }
}
