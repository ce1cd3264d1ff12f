package io.lockstep.mirror;

import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.Frame;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The administrator's connect and disconnect. Before a Primary goes on alone by choice, the
/// Secondary notes durably that it is Outdated, so that nobody promotes it by mistake. Belongs to
/// the mirror's loop.
final class Outdating {
  /// How long a disconnecting Primary waits for the peer to note that it is Outdated.
  static final long OUTDATE_TIMEOUT_NANOS = 5_000_000_000L;

  private final Node node;
  private @Nullable Runnable afterOutdate;

  Outdating(Node node) {
    this.node = node;
  }

  void connect(boolean discardMyData, Consumer<CommandResult> done) {
    Meeting meeting = node.connection.meeting();
    Optional<Meeting.Split> split = meeting.shownSplit();
    String what = "node " + node.config.nodeName() + " was not connected";
    if (discardMyData && node.isPrimary()) {
      done.accept(
          new CommandResult.Refused(what, "a Primary cannot discard its data", "demote it first"));
      return;
    }
    if (discardMyData && split.isEmpty()) {
      done.accept(
          new CommandResult.Refused(
              what,
              "there is no split brain to give up changes for, or its data has changed since",
              "connect both nodes without --discard-my-data and look at the status"));
      return;
    }
    if (discardMyData) {
      meeting.consent(split.get());
    } else {
      meeting.withdrawConsent();
    }
    node.connection.enable();
    done.accept(new CommandResult.Done(""));
  }

  void disconnect(boolean force, Consumer<CommandResult> done) {
    Runnable end =
        () -> {
          node.connection.send(new Frame.Goodbye("disconnected by an administrator"));
          node.connection.standAlone("disconnected by an administrator");
          done.accept(new CommandResult.Done(""));
        };
    if (!node.connection.isEstablished()) {
      end.run();
    } else if (node.isPrimary()) {
      outdatePeer(end);
    } else if (node.connection.peer().filter(peer -> peer.role() == Role.PRIMARY).isPresent()) {
      outdateSelf(() -> end.run());
    } else {
      end.run();
    }
  }

  private void outdatePeer(Runnable end) {
    afterOutdate = end;
    node.loop.schedule(
        () -> {
          if (isWaitingFor(end)) {
            outdated();
          }
        },
        OUTDATE_TIMEOUT_NANOS);
    node.connection.send(new Frame.Outdate("disconnected by an administrator"));
  }

  @SuppressWarnings("ReferenceEquality")
  private boolean isWaitingFor(Runnable end) {
    return afterOutdate == end;
  }

  /// The peer has noted that it is Outdated (or cannot any more).
  void outdated() {
    Runnable task = afterOutdate;
    afterOutdate = null;
    if (task != null) {
      task.run();
    }
  }

  /// The Primary goes on without this node: its data will be older.
  void outdate(String reason) {
    if (node.isPrimary()) {
      node.connection.drop("a Primary is not outdated: " + reason);
      return;
    }
    long link = node.connection.linkNumber();
    node.peerWrites.flushedStep(
        () ->
            outdateSelf(
                () -> {
                  if (link == node.connection.linkNumber()) {
                    node.connection.send(new Frame.OutdateAck());
                  }
                  node.peerWrites.stepDone();
                }));
  }

  private void outdateSelf(Runnable done) {
    node.metadata.update(
        now ->
            now.diskState() == DiskState.UP_TO_DATE ? now.withDiskState(DiskState.OUTDATED) : now,
        result -> {
          if (!result.isOk()) {
            node.diskFailed(result);
          } else if (node.metadata.superblock().diskState() == DiskState.OUTDATED) {
            node.diskState = DiskState.OUTDATED;
            node.changed();
          }
          done.run();
        });
  }
}
