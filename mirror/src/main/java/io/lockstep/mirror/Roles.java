package io.lockstep.mirror;

import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Handshake;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.state.Term;
import io.lockstep.mirror.wire.Frame;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who is Primary: [Promotion], [SteppingDown], and the planned switch between two living nodes.
///
/// A planned switch: the candidate asks (Handover, a new term); the other node drains, flushes,
/// steps down and notes the term durably; only then does it answer and the candidate become
/// Primary. So at no moment do both serve, and no frame of the old term is accepted afterwards (I5,
/// I9). A change of role waits for the work of the role before, and is refused if that does not end
/// in time; whoever served before goes on serving then. Belongs to the mirror's loop.
final class Roles {
  /// How often is looked again at what a change of role waits for.
  static final long RETRY_NANOS = 20_000_000;

  private final Node node;
  private final LocalCopy copy;
  private final Promotion promotion;
  private final SteppingDown steppingDown;
  private boolean busy;

  /// On which link a handover is being agreed to; a later link ends that.
  private @Nullable PeerSession followedOn;

  private boolean accepting;

  /// A host has written since this node became Primary.
  private boolean hostWrote;

  private boolean ending;
  private boolean closed;

  Roles(Node node) {
    this.node = node;
    this.copy = node.copy;
    this.promotion = new Promotion(node, this);
    this.steppingDown = new SteppingDown(node, this);
  }

  /// Whether a change of role is under way.
  boolean isBusy() {
    return busy;
  }

  void busy(boolean value) {
    busy = value;
  }

  /// Whether the node shuts down: no change of role is begun any more.
  boolean isEnding() {
    return ending;
  }

  /// Whether the other node is becoming Primary with this node's consent.
  boolean isFollowing() {
    return followedOn != null && followedOn.isAlive();
  }

  /// Whether the device takes new I/O.
  boolean isAccepting() {
    return accepting && !closed;
  }

  void accepting(boolean value) {
    accepting = value;
  }

  /// Whether nothing of an earlier role is under way on the disk: no write for a Primary of before,
  /// and none of this node's own from when it was Primary. Until then no new role and no new link
  /// may write there, since the old write could land on top of theirs.
  boolean isOldWorkDone() {
    return node.peerWrites.isDrained() && (node.isPrimary() || node.writes.isIdle());
  }

  /// Whether a host has written while this node was Primary in its term.
  boolean hasHostWritten() {
    return hostWrote && node.isPrimary();
  }

  /// A host changes `[offset, ...)`: this Primary has something that a host relies on.
  void hostWrites(long offset) {
    if (!hostWrote && offset >= DiskLayout.CONTROL_BYTES) {
      hostWrote = true;
      node.connection.ownStateChanges("a host has written");
    }
  }

  // --- commands ---

  /// The last Primary resumes by itself, now that the nodes have met; again after a while if what
  /// was in the way may pass.
  void resume() {
    PeerSession session = node.connection.session();
    node.peerWrites.step(
        () -> {
          node.peerWrites.stepDone();
          promote(false, result -> resumed(result, session));
        });
  }

  private void resumed(CommandResult result, PeerSession session) {
    if (result instanceof CommandResult.Refused refused && !ending) {
      node.alert("Could not resume as Primary: " + refused.why());
      node.loop.schedule(() -> resumeAgain(session), Standstill.RETRY_NANOS);
    }
  }

  private void resumeAgain(PeerSession session) {
    boolean nobodyServes =
        !node.isPrimary()
            && node.connection.peer().filter(peer -> peer.role() == Role.PRIMARY).isEmpty();
    if (nobodyServes && !busy && !ending && session.isAlive()) {
      resume();
    }
  }

  void promote(boolean force, Consumer<CommandResult> done) {
    promotion.begin(force, done);
  }

  /// This node is Primary, durably.
  void becamePrimary() {
    node.to(Role.PRIMARY, "in term " + copy.term());
    node.generations.becamePrimary();
    hostWrote = false;
    node.connection.nobodyServes("");
    serve();
  }

  /// The device takes I/O from now on, or again. The peer hears of it before any write.
  void serve() {
    if (closed) {
      return;
    }
    accepting = true;
    node.changed();
    node.connection.sendState();
    node.listener.becamePrimary();
  }

  void demote(Consumer<CommandResult> done) {
    String what = "node " + node.config.nodeName() + " was not demoted";
    if (!node.isPrimary()) {
      done.accept(
          new CommandResult.Done("node " + node.config.nodeName() + " is Secondary already"));
      return;
    }
    if (busy) {
      done.accept(
          new CommandResult.Refused(
              what, "a change of role is under way", "try again in a moment"));
      return;
    }
    steppingDown.begin(
        copy.term(),
        Superblock.PRIMARY_NONE,
        () -> {
          node.connection.sendState();
          done.accept(
              new CommandResult.Done(
                  copy.isFailed()
                      ? "the disk of this node has failed and cannot note it: after a restart the"
                          + " node may resume as Primary"
                      : ""));
        },
        why -> done.accept(new CommandResult.Refused(what, why, SteppingDown.ACTION)));
  }

  /// The node shuts down: it asks for no change of role any more, one that is under way ends, and a
  /// Primary steps down and resumes after the next start.
  ///
  /// @param done what was left undone, or empty
  void end(Consumer<String> done) {
    ending = true;
    promotion.end();
    end(node.loop.nowNanos() + node.config.limits().roleChangeNanosMax(), done);
  }

  private void end(long deadlineNanos, Consumer<String> done) {
    if (busy && node.loop.nowNanos() < deadlineNanos) {
      node.loop.schedule(() -> end(deadlineNanos, done), RETRY_NANOS);
    } else if (busy) {
      done.accept("a change of role has not ended");
    } else if (node.isPrimary()) {
      steppingDown.begin(copy.term(), copy.nodeId(), () -> done.accept(""), done);
    } else {
      done.accept("");
    }
  }

  /// The node has ended: it serves no more, whatever role it could not leave.
  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  void linkLost() {
    promotion.linkLost();
    steppingDown.linkLost();
  }

  // --- the other node wants to be Primary ---

  /// The other node asks to be Primary in `term`.
  void handover(long term) {
    if (promotion.isAsking() && copy.nodeId() < copy.peerId()) {
      return; // Both asked at once: the lower id's question stands, the other gives way.
    }
    promotion.yieldToTheOther();
    boolean possible = term > copy.term() && Term.isBelievable(term, copy.term());
    PeerSession session = node.connection.session();
    if (!possible) {
      refuse(term, session, "node %d is in term %d by now".formatted(copy.nodeId(), copy.term()));
    } else if (busy) {
      // Just becoming Primary, or just stepping down: which of the two is known when it has ended.
      node.loop.schedule(() -> retryHandover(term, session), RETRY_NANOS);
    } else if (node.isPrimary()) {
      steppingDown.begin(
          term, copy.peerId(), () -> acknowledge(term, session), why -> refuse(term, session, why));
    } else {
      follow(term, session);
    }
  }

  private void retryHandover(long term, PeerSession session) {
    if (session.isAlive()) {
      handover(term);
    }
  }

  /// A Secondary agrees when all that the last Primary sent is on its disk, stably.
  private void follow(long term, PeerSession session) {
    if (copy.isFailed()) {
      acknowledge(term, session); // It holds nothing that counts, and can note nothing.
      return;
    }
    followedOn = session;
    Loop.Timer late =
        node.loop.schedule(
            () -> followedTooLate(term, session), node.config.limits().roleChangeNanosMax());
    node.peerWrites.flushedStep(
        () ->
            copy.metadata()
                .update(
                    now ->
                        isFollowing() && term > now.term()
                            ? now.withTerm(term, copy.peerId())
                            : now,
                    result -> {
                      late.cancel();
                      boolean inTime = isFollowing() && session == followedOn;
                      followedOn = null;
                      if (result.isOk() && inTime) {
                        acknowledge(term, session);
                      } else if (!result.isOk()) {
                        copy.fail(result);
                      }
                      node.peerWrites.stepDone();
                    }));
  }

  private void followedTooLate(long term, PeerSession session) {
    if (followedOn == session && isFollowing()) {
      followedOn = null;
      refuse(term, session, "an operation on the disk of node " + copy.nodeId() + " has not ended");
    }
  }

  private void acknowledge(long term, PeerSession session) {
    session.send(new Frame.HandoverAck(term));
  }

  private void refuse(long term, PeerSession session, String why) {
    session.send(new Frame.HandoverRefused(term, why));
  }

  void handoverAcknowledged(long term) {
    promotion.acknowledged(term);
  }

  void handoverRefused(Frame.HandoverRefused refusal) {
    promotion.refused(refusal);
  }

  // --- two Primaries ---

  /// Two Primaries have met, and this one gives way: at once, before anything is asked or written.
  /// It takes nothing new, and nothing that is under way ends well.
  void giveWay(Party winner) {
    accepting = false;
    node.to(Role.SECONDARY, "the other node is Primary too");
    steppingDown.abandon();
    node.writes.giveUp();
    node.alert(
        "Node %d was Primary too: this one has stopped serving. What its hosts wrote stays on its"
                .formatted(winner.nodeId())
            + " disk until you decide whose changes are given up.");
    node.listener.leavingPrimary(() -> {});
    copy.metadata()
        .update(
            now -> now.withTerm(Math.max(now.term(), winner.term()), winner.nodeId()),
            result -> {
              if (!result.isOk()) {
                copy.fail(result);
              }
            });
    node.changed();
  }

  private void meetPrimary(Frame.StateChange change) {
    Party theirs = node.connection.party(change).orElseThrow();
    Party mine =
        new Party(
            copy.nodeId(),
            copy.superblock().generations(),
            copy.term(),
            copy.nodeId(),
            node.role(),
            copy.diskState(),
            false,
            false,
            false,
            false,
            0,
            0);
    if (Handshake.decide(mine, theirs) instanceof Plan.StepDown down) {
      node.listener.decided(down);
      node.connection.meeting().givenUp().shows(mine, theirs);
      if (down.loser() == copy.nodeId()) {
        giveWay(theirs);
        node.connection.standAlone(down.stop().sentence(), true);
      } else {
        node.connection.pause(Standstill.UNCONFIRMED, Standstill.RETRY_NANOS);
      }
    }
  }

  // --- what the peer tells ---

  void peerState(Frame.StateChange change) {
    if (!Term.isBelievable(change.term(), copy.term())) {
      node.connection.drop("the peer names a term that cannot be: " + change.term());
      return;
    }
    if (change.role() == Role.PRIMARY && node.isPrimary()) {
      meetPrimary(change);
      return;
    }
    if (change.diskState() == DiskState.FAILED) {
      node.lostDisk.failedAtPeer();
    }
    node.connection.peerChanged(change);
    if (change.role() == Role.PRIMARY) {
      node.connection.nobodyServes("");
    }
    if (node.isPrimary()) {
      return;
    }
    node.peerWrites.step(
        () -> {
          Superblock own = copy.superblock();
          boolean news =
              change.term() > own.term()
                  || (change.term() == own.term()
                      && change.primaryNode() == Superblock.PRIMARY_NONE
                      && own.primaryNode() != Superblock.PRIMARY_NONE);
          if (!news) {
            node.peerWrites.stepDone();
            return;
          }
          copy.metadata()
              .update(now -> now.withTerm(change.term(), change.primaryNode()), this::stateAdopted);
        });
  }

  private void stateAdopted(IoResult result) {
    if (!result.isOk()) {
      copy.fail(result);
    }
    node.peerWrites.stepDone();
  }
}
