package io.lockstep.mirror;

import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.state.Term;
import io.lockstep.mirror.wire.Frame;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who is Primary: promotion, demotion, and the planned switch between two living nodes.
///
/// A planned switch: the candidate asks (Handover, a new term); the other node drains, flushes,
/// steps down and notes the term durably; only then does it answer and the candidate become
/// Primary. So at no moment do both serve, and no frame of the old term is accepted afterwards (I5,
/// I9). Without the peer a promotion needs a person (I6). Belongs to the mirror's loop.
final class Roles {
  /// How long the other node may take to step down.
  static final long HANDOVER_TIMEOUT_NANOS = 30_000_000_000L;

  /// How long a command waits for nodes that are just meeting.
  static final long MEETING_TIMEOUT_NANOS = 10_000_000_000L;

  private static final long RETRY_NANOS = 20_000_000;

  private static final long NO_LINK = -1;

  private final Node node;
  private boolean busy;

  /// On which link a handover is being agreed to; a later link ends that.
  private long followedOn = NO_LINK;

  private boolean accepting;

  /// A host has written since this node became Primary.
  private boolean hostWrote;

  private boolean ending;
  private @Nullable Asked asked;

  Roles(Node node) {
    this.node = node;
  }

  /// Whether a change of role is under way.
  boolean isBusy() {
    return busy;
  }

  /// Whether the other node is becoming Primary with this node's consent.
  private boolean isFollowing() {
    return followedOn == node.connection.linkNumber();
  }

  /// Whether the device takes new I/O.
  boolean isAccepting() {
    return accepting;
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

  // --- promotion ---

  /// The last Primary resumes by itself, now that the nodes have met.
  void resume() {
    node.peerWrites.step(
        () -> {
          node.peerWrites.stepDone();
          promote(
              false,
              result -> {
                if (result instanceof CommandResult.Refused refused) {
                  node.alert("Could not resume as Primary: " + refused.why());
                }
              });
        });
  }

  void promote(boolean force, Consumer<CommandResult> done) {
    promote(node.loop.nowNanos() + MEETING_TIMEOUT_NANOS, node.connection.isUp(), done);
  }

  private void promote(long deadlineNanos, boolean planned, Consumer<CommandResult> done) {
    String what = "node " + node.config.nodeName() + " was not promoted";
    if (node.isPrimary()) {
      done.accept(new CommandResult.Done("node " + node.config.nodeName() + " is Primary already"));
      return;
    }
    if (ending) {
      done.accept(refusedAtTheEnd());
      return;
    }
    boolean meeting = node.connection.isUp() && !node.connection.isEstablished();
    if (busy || meeting || isFollowing() || node.metadata.isUpdating()) {
      if (node.loop.nowNanos() > deadlineNanos) {
        done.accept(
            new CommandResult.Refused(
                what, "the nodes are still meeting, or changing roles", "try again in a moment"));
      } else {
        node.loop.schedule(() -> promote(deadlineNanos, planned, done), RETRY_NANOS);
      }
      return;
    }
    if (planned && !node.connection.isUp()) {
      done.accept(linkLostMeanwhile());
      return;
    }
    Optional<CommandResult.Refused> refusal = unfit(what);
    if (refusal.isPresent()) {
      done.accept(refusal.get());
    } else if (node.connection.isEstablished()) {
      ask(done);
    } else {
      busy = true;
      alone(done);
    }
  }

  private Optional<CommandResult.Refused> unfit(String what) {
    String disk = "its disk is " + node.diskState.label();
    return switch (node.diskState) {
      case UP_TO_DATE, CONSISTENT -> Optional.empty();
      case INCONSISTENT ->
          Optional.of(
              new CommandResult.Refused(
                  what,
                  disk + ": a resync to it has not ended",
                  "let the resync end, or bring back the node that was its source"));
      case OUTDATED ->
          Optional.of(
              new CommandResult.Refused(
                  what,
                  disk + ": the other node has newer data",
                  "promote the other node, or connect this one and let it resync"));
      case DISKLESS, ATTACHING, FAILED, NEGOTIATING, DUNKNOWN ->
          Optional.of(
              new CommandResult.Refused(
                  what, disk, "promote the other node and replace this disk"));
    };
  }

  private void ask(Consumer<CommandResult> done) {
    busy = true;
    long peerTerm = node.connection.peer().map(Party::term).orElse(0L);
    var question = new Asked(Term.next(Math.max(node.term(), peerTerm), node.nodeId()), done);
    asked = question;
    question.timer =
        node.loop.schedule(
            () -> {
              if (asked == question) {
                node.connection.drop("the other node did not step down in time");
              }
            },
            HANDOVER_TIMEOUT_NANOS);
    node.connection.send(new Frame.Handover(question.term));
  }

  void handoverAcknowledged(long term) {
    Asked question = asked;
    if (question == null || question.term != term) {
      node.connection.drop("an answer to a handover that was not asked for");
      return;
    }
    endQuestion(question);
    become(term, "", question.done);
  }

  private void endQuestion(Asked question) {
    asked = null;
    Loop.Timer timer = question.timer;
    if (timer != null) {
      timer.cancel();
    }
  }

  private void giveUp(Asked question, CommandResult.Refused why) {
    endQuestion(question);
    busy = false;
    question.done.accept(why);
  }

  /// The link is lost: a switch that was under way ends. To go on alone now could make two
  /// Primaries out of a planned switch; that needs a person who knows that the peer is gone.
  void linkLost() {
    Asked question = asked;
    if (question != null) {
      giveUp(question, linkLostMeanwhile());
    }
  }

  private CommandResult.Refused linkLostMeanwhile() {
    return new CommandResult.Refused(
        "node " + node.config.nodeName() + " was not promoted",
        "the link to the other node was lost during the switch",
        "make sure that the other node is down, then promote again");
  }

  private void alone(Consumer<CommandResult> done) {
    become(
        Term.next(node.term(), node.nodeId()),
        "the other node was not reachable; if it is alive and Primary, the two are now split",
        done);
  }

  private void become(long term, String note, Consumer<CommandResult> done) {
    node.metadata.update(
        now ->
            now.copy()
                .term(Math.max(term, now.term()))
                .primaryNode(node.nodeId())
                .keptAll(false)
                .diskState(DiskState.UP_TO_DATE)
                .build(),
        result -> {
          busy = false;
          if (!result.isOk()) {
            node.diskFailed(result);
            done.accept(
                new CommandResult.Refused(
                    "node " + node.config.nodeName() + " was not promoted",
                    result.detail(),
                    "promote the other node and replace this disk"));
            return;
          }
          node.role = Role.PRIMARY;
          node.diskState = DiskState.UP_TO_DATE;
          node.generations.becamePrimary();
          accepting = true;
          hostWrote = false;
          node.changed();
          node.connection.sendState();
          node.listener.becamePrimary();
          done.accept(new CommandResult.Done(note));
        });
  }

  // --- stepping down ---

  void demote(Consumer<CommandResult> done) {
    if (!node.isPrimary()) {
      done.accept(
          new CommandResult.Done("node " + node.config.nodeName() + " is Secondary already"));
      return;
    }
    if (busy) {
      done.accept(
          new CommandResult.Refused(
              "node " + node.config.nodeName() + " was not demoted",
              "a change of role is under way",
              "try again in a moment"));
      return;
    }
    stepDown(
        node.term(),
        Superblock.PRIMARY_NONE,
        () -> {
          node.connection.sendState();
          done.accept(new CommandResult.Done(""));
        });
  }

  /// The node shuts down: it asks for no change of role any more, one that is under way ends, and a
  /// Primary steps down and resumes after the next start.
  void end(Runnable done) {
    ending = true;
    Asked question = asked;
    if (question != null) {
      giveUp(question, refusedAtTheEnd());
    }
    if (busy) {
      node.loop.schedule(() -> end(done), RETRY_NANOS);
    } else if (node.isPrimary()) {
      stepDown(node.term(), node.nodeId(), done);
    } else {
      done.run();
    }
  }

  private CommandResult.Refused refusedAtTheEnd() {
    return new CommandResult.Refused(
        "node " + node.config.nodeName() + " was not promoted",
        "it is shutting down",
        "start it again, or promote the other node");
  }

  private void stepDown(long term, int primaryNode, Runnable done) {
    busy = true;
    node.listener.leavingPrimary(
        () -> {
          accepting = false;
          node.writes.whenIdle(
              () -> node.writes.epochs().settle(_ -> cleanAndRecord(term, primaryNode, done)));
        });
  }

  private void cleanAndRecord(long term, int primaryNode, Runnable done) {
    if (node.isFailed()) {
      steppedDown(done);
      return;
    }
    node.metadata.cleanLog(
        _ ->
            node.metadata.update(
                now -> now.copy().term(Math.max(term, now.term())).primaryNode(primaryNode).build(),
                _ -> steppedDown(done)));
  }

  private void steppedDown(Runnable done) {
    node.role = Role.SECONDARY;
    busy = false;
    node.changed();
    done.run();
  }

  /// The other node asks to be Primary in `term`.
  void handover(long term) {
    Asked mine = asked;
    if (mine != null && node.nodeId() < node.peerId()) {
      return; // Both asked at once: the lower id's question stands, the other gives way.
    }
    if (mine != null) {
      giveUp(
          mine,
          new CommandResult.Refused(
              "node " + node.config.nodeName() + " was not promoted",
              "the other node is being promoted at the same time",
              "look at the status and choose again"));
    }
    long link = node.connection.linkNumber();
    if (busy) {
      // Just becoming Primary, or just stepping down: which of the two is known when it has ended.
      node.loop.schedule(() -> retryHandover(term, link), RETRY_NANOS);
    } else if (node.isPrimary()) {
      stepDown(term, node.peerId(), () -> acknowledge(term, link));
    } else {
      follow(term, link);
    }
  }

  private void retryHandover(long term, long link) {
    if (link == node.connection.linkNumber()) {
      handover(term);
    }
  }

  private void follow(long term, long link) {
    followedOn = link;
    node.peerWrites.flushedStep(
        () ->
            node.metadata.update(
                now ->
                    link == node.connection.linkNumber() && term > now.term()
                        ? now.withTerm(term, node.peerId())
                        : now,
                result -> {
                  followedOn = NO_LINK;
                  if (result.isOk()) {
                    acknowledge(term, link);
                  } else {
                    node.diskFailed(result);
                  }
                  node.peerWrites.stepDone();
                }));
  }

  private void acknowledge(long term, long link) {
    if (link == node.connection.linkNumber()) {
      node.connection.send(new Frame.HandoverAck(term));
    }
  }

  // --- what the peer tells ---

  void peerState(Frame.StateChange change) {
    if (change.role() == Role.PRIMARY && node.isPrimary()) {
      node.connection.standAlone(
          "both nodes are Primary; demote the one whose changes are to be given up, then connect"
              + " it with --discard-my-data",
          true);
      return;
    }
    node.connection.peerChanged(change.role(), change.diskState(), change);
    if (node.isPrimary()) {
      return;
    }
    node.peerWrites.step(
        () -> {
          Superblock own = node.metadata.superblock();
          boolean news =
              change.term() > own.term()
                  || (change.term() == own.term()
                      && change.primaryNode() == Superblock.PRIMARY_NONE
                      && own.primaryNode() != Superblock.PRIMARY_NONE);
          if (!news) {
            node.peerWrites.stepDone();
            return;
          }
          node.metadata.update(
              now -> now.withTerm(change.term(), change.primaryNode()), this::stateAdopted);
        });
  }

  private void stateAdopted(IoResult result) {
    if (!result.isOk()) {
      node.diskFailed(result);
    }
    node.peerWrites.stepDone();
  }

  /// A planned switch that waits for the other node.
  private static final class Asked {
    private final long term;
    private final Consumer<CommandResult> done;
    private Loop.@Nullable Timer timer;

    Asked(long term, Consumer<CommandResult> done) {
      this.term = term;
      this.done = done;
    }
  }
}
