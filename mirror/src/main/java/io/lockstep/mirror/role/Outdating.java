package io.lockstep.mirror.role;

import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.resync.ResyncTarget;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.write.PeerWrites;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The administrator's connect and disconnect. Before a Primary goes on alone by choice, the
/// Secondary notes durably that it is Outdated, so that nobody promotes it by mistake; if it does
/// not say so, nothing is disconnected, unless by force. Belongs to the mirror's loop.
public final class Outdating {
  /// How long a disconnecting Primary waits for the peer to note that it is Outdated.
  static final long OUTDATE_TIMEOUT_NANOS = 5_000_000_000L;

  private static final String BY_COMMAND = "disconnected by an administrator";
  private static final String MEET_AGAIN =
      "a node is Outdated for a disconnect that was refused; they meet again";

  private final Loop loop;
  private final LocalCopy copy;
  private final MirrorConfig config;
  private final OwnRole role;
  private final PeerConnection connection;
  private final PeerWrites peerWrites;
  private final ResyncTarget resyncTarget;
  private final GivenUp givenUp;
  private final Standstill standstill;
  private @Nullable Disconnect disconnect;

  public Outdating(
      Outside outside,
      Side side,
      Partings partings,
      PeerWrites peerWrites,
      ResyncTarget resyncTarget) {
    this.loop = outside.loop();
    this.copy = side.copy();
    this.config = outside.config();
    this.role = side.role();
    this.connection = side.connection();
    this.peerWrites = peerWrites;
    this.resyncTarget = resyncTarget;
    this.givenUp = partings.givenUp();
    this.standstill = partings.standstill();
  }

  // --- connect ---

  /// Looks for the other node again, as a person wants it.
  public void connect(boolean discardMyData, Consumer<CommandResult> done) {
    Optional<GivenUp.Split> split = givenUp.shown();
    String what = "node " + config.nodeName() + " was not connected";
    if (discardMyData && role.isPrimary()) {
      done.accept(
          new CommandResult.Refused(what, "a Primary cannot discard its data", "demote it first"));
      return;
    }
    if (discardMyData && split.isEmpty()) {
      done.accept(
          new CommandResult.Refused(
              what,
              "no split brain is shown that its changes could be given up for, or they have grown"
                  + " since",
              "connect both nodes without --discard-my-data and look at the status"));
      return;
    }
    if (discardMyData) {
      givenUp.consent(split.get());
    } else {
      givenUp.withdraw();
    }
    standstill.again();
    connection.enable();
    done.accept(new CommandResult.Done(""));
  }

  // --- disconnect ---

  /// @param force go on even if the peer does not confirm that it is Outdated
  public void disconnect(boolean force, Consumer<CommandResult> done) {
    if (disconnect != null) {
      done.accept(
          refused("another disconnect is under way", "wait for its answer, at most 5 seconds"));
      return;
    }
    if (role.isBusy()) {
      done.accept(refused("a change of role is under way", "try again in a moment"));
      return;
    }
    Optional<Party> peer = connection.peer().filter(_ -> connection.isEstablished());
    boolean peerIsPrimary = peer.filter(other -> other.role() == Role.PRIMARY).isPresent();
    boolean goesOnAlone = role.isPrimary() && !copy.isFailed();
    if (goesOnAlone && peer.filter(other -> !other.isWithoutDisk()).isPresent()) {
      outdatePeer(force, done);
    } else if (!role.isPrimary() && peerIsPrimary && !copy.isFailed()) {
      outdateSelfAndPart(force, done);
    } else {
      part(role.isPrimary() && peer.isEmpty() ? notTold() : "", done);
    }
  }

  private void part(String note, Consumer<CommandResult> done) {
    connection.send(new Frame.Goodbye(BY_COMMAND));
    connection.standAlone(BY_COMMAND);
    done.accept(new CommandResult.Done(note));
  }

  private void outdateSelfAndPart(boolean force, Consumer<CommandResult> done) {
    var waiting = new Disconnect(force, done);
    begin(waiting, "the disk of node " + config.nodeName() + " did not note it in time");
    outdateSelf(
        result -> {
          if (!result.isOk()) {
            unconfirmed(waiting, result.detail());
          } else if (isOpen(waiting)) {
            confirmed(waiting);
          } else {
            outdatedTooLate();
          }
        });
  }

  /// The disk has noted that it is Outdated for a disconnect that was refused since, and it goes on
  /// receiving all writes: the nodes meet again, and it is what it was.
  private void outdatedTooLate() {
    if (disconnect == null && connection.isEstablished()) {
      connection.drop(MEET_AGAIN);
    }
  }

  private void outdatePeer(boolean force, Consumer<CommandResult> done) {
    begin(new Disconnect(force, done), "it did not answer in time");
    connection.send(new Frame.Outdate(BY_COMMAND));
  }

  private void begin(Disconnect waiting, String tooLate) {
    disconnect = waiting;
    role.disconnecting(true);
    waiting.timer = loop.schedule(() -> unconfirmed(waiting, tooLate), OUTDATE_TIMEOUT_NANOS);
  }

  private void confirmed(Disconnect waiting) {
    if (isOpen(waiting)) {
      close(waiting);
      part("", waiting.done);
    }
  }

  private void unconfirmed(Disconnect waiting, String why) {
    if (!isOpen(waiting)) {
      return;
    }
    close(waiting);
    if (waiting.force) {
      part(notTold(), waiting.done);
    } else {
      waiting.done.accept(
          refused(
              "the Secondary has not confirmed that its disk is Outdated: " + why,
              "try again; --force disconnects all the same, and then that disk can be promoted"
                  + " though it is older"));
    }
  }

  @SuppressWarnings("ReferenceEquality")
  private boolean isOpen(Disconnect waiting) {
    return disconnect == waiting;
  }

  private void close(Disconnect waiting) {
    disconnect = null;
    role.disconnecting(false);
    Loop.Timer timer = waiting.timer;
    if (timer != null) {
      timer.cancel();
    }
  }

  private static CommandResult.Refused refused(String why, String action) {
    return new CommandResult.Refused("the nodes were not disconnected", why, action);
  }

  private static String notTold() {
    return "the Secondary has not noted that its disk is Outdated: if it is promoted, it serves"
        + " data without what is written from now on, and the two are split";
  }

  /// The peer has noted that it is Outdated. If nobody waits for that any more, the nodes must meet
  /// again: the disconnect was refused, and the peer is not to stay Outdated.
  public void outdated() {
    Disconnect waiting = disconnect;
    if (waiting != null && role.isPrimary()) {
      confirmed(waiting);
    } else {
      connection.drop(MEET_AGAIN);
    }
  }

  /// The link is lost: nobody confirms anything any more.
  public void linkLost() {
    Disconnect waiting = disconnect;
    if (waiting != null) {
      unconfirmed(waiting, "the link was lost");
    }
  }

  /// A disk has failed. The peer's is no longer one that could be promoted by mistake; with this
  /// one, nothing can be noted here.
  void diskFailed() {
    Disconnect waiting = disconnect;
    if (waiting != null && !copy.isFailed()) {
      confirmed(waiting);
    } else if (waiting != null) {
      unconfirmed(waiting, "the disk of node " + config.nodeName() + " has failed");
    }
  }

  // --- the peer disconnects ---

  /// The Primary goes on without this node: its data will be older.
  public void outdate(String reason) {
    if (role.isPrimary()) {
      connection.drop("a Primary is not outdated: " + reason);
      return;
    }
    PeerSession session = connection.session();
    peerWrites.flushedStep(
        end ->
            outdateSelf(
                result -> {
                  if (result.isOk() && session.isAlive()) {
                    connection.send(new Frame.OutdateAck());
                  }
                  end.run();
                }));
  }

  private void outdateSelf(Consumer<IoResult> done) {
    boolean older = resyncTarget.isAwaited();
    copy.metadata()
        .update(
            now ->
                now.diskState() == DiskState.UP_TO_DATE
                        || (older && now.diskState() == DiskState.CONSISTENT)
                    ? now.withDiskState(DiskState.OUTDATED)
                    : now,
            result -> {
              if (!result.isOk()) {
                copy.fail(result);
              } else if (copy.superblock().diskState() == DiskState.OUTDATED) {
                copy.to(DiskState.OUTDATED, "the other node goes on without this one");
              }
              done.accept(result);
            });
  }

  /// A disconnect that waits for its confirmation.
  private static final class Disconnect {
    private final boolean force;
    private final Consumer<CommandResult> done;
    private Loop.@Nullable Timer timer;

    Disconnect(boolean force, Consumer<CommandResult> done) {
      this.force = force;
      this.done = done;
    }
  }
}
