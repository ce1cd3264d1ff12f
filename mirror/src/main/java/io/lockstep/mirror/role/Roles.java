package io.lockstep.mirror.role;

import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.link.Environment;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.meta.LedgerEntry;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.state.Term;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.write.AloneGeneration;
import io.lockstep.mirror.write.DataPath;
import io.lockstep.mirror.write.PeerWrites;
import io.lockstep.mirror.write.WritePath;
import java.util.function.Consumer;

/// Who is Primary: [Promotion], [SteppingDown], and the planned switch between two living nodes.
///
/// A planned switch: the candidate asks (Handover, a new term); the other node drains, flushes,
/// steps down and notes the term durably; only then does it answer and the candidate become
/// Primary. So at no moment do both serve, and no frame of the old term is accepted afterwards (I5,
/// I9). A change of role waits for the work of the role before, and is refused if that does not end
/// in time; whoever served before goes on serving then. Belongs to the mirror's loop.
public final class Roles {
  private final Loop loop;
  private final Waits waits;
  private final NodeIdentity identity;
  private final Ledger ledger;
  private final LocalCopy copy;
  private final MirrorConfig config;
  private final OwnRole role;
  private final PeerConnection connection;
  private final WritePath writes;
  private final PeerWrites peerWrites;
  private final AloneGeneration generations;
  private final Notices notices;
  private final MirrorListener listener;
  private final Promotion promotion;
  private final SteppingDown steppingDown;
  /// A host has written since this node became Primary.
  private boolean hostWrote;

  public Roles(
      Outside outside, Side side, DataPath data, Environment environment, OldWork oldWork) {
    this.loop = outside.loop();
    this.waits = outside.waits();
    this.identity = side.identity();
    this.ledger = side.ledger();
    this.copy = side.copy();
    this.config = outside.config();
    this.role = side.role();
    this.connection = side.connection();
    this.writes = data.writes();
    this.peerWrites = data.peerWrites();
    this.generations = data.generations();
    this.notices = outside.notices();
    this.listener = outside.listener();
    this.promotion = new Promotion(outside, side, environment, oldWork, this::becamePrimary);
    this.steppingDown = new SteppingDown(outside, side, writes, this::serve);
  }

  /// Whether a host has written while this node was Primary in its term.
  public boolean hasHostWritten() {
    return hostWrote && role.isPrimary();
  }

  /// A host changes `[offset, ...)`: this Primary has something that a host relies on.
  public void hostWrites(long offset) {
    if (!hostWrote && offset >= copy.controlBytes()) {
      hostWrote = true;
      connection.ownStateChanges("a host has written");
    }
  }

  // --- commands ---

  /// The last Primary resumes by itself, now that the nodes have met; again after a while if what
  /// was in the way may pass.
  public void resume() {
    PeerSession session = connection.session();
    peerWrites.step(
        end -> {
          end.run();
          promote(false, result -> resumed(result, session));
        });
  }

  private void resumed(CommandResult result, PeerSession session) {
    if (result instanceof CommandResult.Refused refused && !role.isEnding()) {
      notices.happened(new MirrorEvent.NotResumed(refused.refusal().why()));
      loop.schedule(() -> resumeAgain(session), Standstill.RETRY_NANOS);
    }
  }

  private void resumeAgain(PeerSession session) {
    boolean nobodyServes =
        !role.isPrimary()
            && connection.peer().filter(peer -> peer.role() == Role.PRIMARY).isEmpty();
    if (nobodyServes && !role.isBusy() && !role.isEnding() && session.isAlive()) {
      resume();
    }
  }

  /// Makes this node Primary, if it may be.
  public void promote(boolean force, Consumer<CommandResult> done) {
    promotion.begin(force, done);
  }

  /// This node is Primary, durably.
  void becamePrimary() {
    role.to(Role.PRIMARY, "in term " + ledger.term());
    generations.becamePrimary();
    hostWrote = false;
    connection.nobodyServes("");
    serve();
  }

  /// The device takes I/O from now on, or again. The peer hears of it before any write.
  void serve() {
    if (role.isClosed()) {
      return;
    }
    role.accepting(true);
    notices.changed();
    connection.sendState();
    listener.becamePrimary();
  }

  /// Stops being Primary; neither node is until one is promoted.
  public void demote(Consumer<CommandResult> done) {
    String what = "node " + config.nodeName() + " was not demoted";
    if (!role.isPrimary()) {
      done.accept(new CommandResult.Done("node " + config.nodeName() + " is Secondary already"));
      return;
    }
    if (role.isBusy()) {
      done.accept(
          new CommandResult.Refused(
              what, "a change of role is under way", "try again in a moment"));
      return;
    }
    steppingDown.begin(
        ledger.term(),
        LedgerEntry.PRIMARY_NONE,
        () -> {
          connection.sendState();
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
    role.end();
    promotion.end();
    waits.until(
        "the orderly end, for a change of role",
        () -> !role.isBusy(),
        config.limits().roleChangeNanosMax(),
        () -> leave(done),
        () -> done.accept("a change of role has not ended"));
  }

  private void leave(Consumer<String> done) {
    if (role.isPrimary()) {
      steppingDown.begin(ledger.term(), identity.nodeId(), () -> done.accept(""), done);
    } else {
      done.accept("");
    }
  }

  /// The link is lost: the other node answers no more.
  public void linkLost() {
    promotion.linkLost();
    steppingDown.linkLost();
  }

  // --- the other node wants to be Primary ---

  /// The other node asks to be Primary in `term`.
  public void handover(long term) {
    if (promotion.isAsking() && identity.nodeId() < identity.peerId()) {
      return; // Both asked at once: the lower id's question stands, the other gives way.
    }
    promotion.yieldToTheOther();
    boolean possible = term > ledger.term() && Term.isBelievable(term, ledger.term());
    PeerSession session = connection.session();
    if (!possible) {
      refuse(
          term,
          session,
          "node %d is in term %d by now".formatted(identity.nodeId(), ledger.term()));
    } else if (role.isBusy()) {
      // Just becoming Primary, or just stepping down: which of the two is known when it has ended.
      waits.until(
          "a handover, for a change of role",
          () -> !role.isBusy() || !session.isAlive(),
          Promotion.HANDOVER_TIMEOUT_NANOS,
          () -> retryHandover(term, session),
          () -> refuse(term, session, "a change of role has not ended"));
    } else if (role.isPrimary()) {
      steppingDown.begin(
          term,
          identity.peerId(),
          () -> acknowledge(term, session),
          why -> refuse(term, session, why));
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
    role.follow(session);
    Loop.Timer late =
        loop.schedule(() -> followedTooLate(term, session), config.limits().roleChangeNanosMax());
    peerWrites.flushedStep(
        end ->
            ledger.update(
                now ->
                    role.isFollowing() && term > now.term()
                        ? now.withTerm(term, identity.peerId())
                        : now,
                result -> {
                  late.cancel();
                  boolean inTime = role.isFollowing(session);
                  role.followsNoMore();
                  if (result.isOk() && inTime) {
                    acknowledge(term, session);
                  }
                  end.run();
                }));
  }

  private void followedTooLate(long term, PeerSession session) {
    if (role.isFollowing(session)) {
      role.followsNoMore();
      refuse(
          term,
          session,
          "an operation on the disk of node " + identity.nodeId() + " has not ended");
    }
  }

  private void acknowledge(long term, PeerSession session) {
    session.send(new Frame.HandoverAck(term));
  }

  private void refuse(long term, PeerSession session, String why) {
    session.send(new Frame.HandoverRefused(term, why));
  }

  /// The other node has stepped down for this one.
  public void handoverAcknowledged(long term) {
    promotion.acknowledged(term);
  }

  /// The other node stays as it is.
  public void handoverRefused(Frame.HandoverRefused refusal) {
    promotion.refused(refusal);
  }

  // --- two Primaries ---

  /// Two Primaries have met, and this one gives way: at once, before anything is asked or written.
  /// It takes nothing new, and nothing that is under way ends well.
  public void giveWay(Party winner) {
    role.accepting(false);
    role.to(Role.SECONDARY, "the other node is Primary too");
    steppingDown.abandon();
    writes.giveUp();
    notices.happened(new MirrorEvent.GaveWay(winner.nodeId()));
    listener.leavingPrimary(() -> {});
    ledger.update(
        now -> now.withTerm(Math.max(now.term(), winner.term()), winner.nodeId()),
        _ -> {}); // A failure of it is its keeper's, which says so.
    notices.changed();
  }
}
