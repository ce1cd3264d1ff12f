package io.lockstep.mirror.role;

import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.Ballot;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.link.Environment;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.state.Term;
import io.lockstep.mirror.wire.Frame;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A node becomes Primary: by a planned switch if the peer is connected; without the peer on a
/// person's word only (I6).
///
/// Without the peer, in this order: the other node is asked on every other way whether it is
/// Primary, and silence is no answer where somebody takes the connection, the link's too; what
/// the last role left on the disk ends; the witness agrees; the new term is noted; then the device
/// serves. Each step has a limit, each end of it one answer. Belongs to the mirror's loop.
final class Promotion {
  /// How long the other node may take to step down.
  static final long HANDOVER_TIMEOUT_NANOS = 30_000_000_000L;

  /// How long a command waits for nodes that are just meeting.
  static final long MEETING_TIMEOUT_NANOS = 10_000_000_000L;

  /// How long a node that stands still is asked: a person decides then.
  static final long FROZEN_NANOS_MAX = 30_000_000_000L;

  private static final long AGAIN_NANOS = 1_000_000_000L;

  private final Loop loop;
  private final Waits waits;
  private final NodeIdentity identity;
  private final Ledger ledger;
  private final LocalCopy copy;
  private final MirrorConfig config;
  private final OwnRole role;
  private final PeerConnection connection;
  private final OldWork oldWork;
  private final LongSupplier dice;
  private final PeerInquiry inquiry;
  private final Witness witness;
  private final Notices notices;
  private final PromotionRefusals refusals;
  private final Runnable taken;
  private @Nullable Asked asked;

  Promotion(Outside outside, Side side, Environment environment, OldWork oldWork, Runnable taken) {
    this.loop = outside.loop();
    this.waits = outside.waits();
    this.identity = side.identity();
    this.ledger = side.ledger();
    this.copy = side.copy();
    this.config = outside.config();
    this.role = side.role();
    this.connection = side.connection();
    this.oldWork = oldWork;
    this.dice = environment.dice();
    this.inquiry = environment.inquiry();
    this.witness = environment.witness();
    this.notices = outside.notices();
    this.taken = taken;
    this.refusals = new PromotionRefusals(side, config.nodeName());
  }

  void begin(boolean force, Consumer<CommandResult> done) {
    long deadlineNanos = loop.nowNanos() + MEETING_TIMEOUT_NANOS;
    boolean planned = connection.isUp() && connection.peer().isPresent();
    begin(new Wish(force, planned, deadlineNanos), done);
  }

  private void begin(Wish wish, Consumer<CommandResult> done) {
    if (role.isPrimary()) {
      done.accept(new CommandResult.Done("node " + config.nodeName() + " is Primary already"));
      return;
    }
    if (role.isEnding()) {
      done.accept(refusals.atTheEnd());
      return;
    }
    if (isHeldUp()) {
      waits.until(
          "a promotion, for a meeting or a change of role",
          () -> !isHeldUp() || role.isPrimary() || role.isEnding(),
          Math.max(0, wish.deadlineNanos - loop.nowNanos()),
          () -> begin(wish, done),
          () -> done.accept(refusals.stillBusy()));
      return;
    }
    if (wish.planned && !connection.isUp()) {
      done.accept(refusals.linkLostMeanwhile());
      return;
    }
    boolean established = connection.isEstablished();
    Optional<CommandResult.Refused> refusal = refusals.unfit(wish.force && !established);
    if (refusal.isPresent()) {
      done.accept(refusal.get());
    } else if (established) {
      ask(done);
    } else {
      new Alone(wish.force, done).begin();
    }
  }

  /// Whether something is under way after which the promotion can begin.
  private boolean isHeldUp() {
    return role.isBusy()
        || role.isDisconnecting()
        || role.isFollowing()
        || isMeeting()
        || copy.metadata().isUpdating();
  }

  /// Whether the nodes have not met yet, or one of them is about to be filled: nobody is made
  /// Primary on what its disk was before that.
  private boolean isMeeting() {
    ConnectionState state = connection.state();
    return (connection.isUp() && !connection.isEstablished() && !connection.isMute())
        || state == ConnectionState.WF_BITMAP_S
        || state == ConnectionState.WF_BITMAP_T;
  }

  // --- with the peer ---

  /// Whether a question to the other node waits for its answer.
  boolean isAsking() {
    return asked != null;
  }

  private void ask(Consumer<CommandResult> done) {
    role.busy(true);
    long peerTerm = connection.peer().map(Party::term).orElse(0L);
    var question = new Asked(Term.next(Math.max(ledger.term(), peerTerm), identity.nodeId()), done);
    asked = question;
    question.timer =
        loop.schedule(
            () -> {
              if (asked == question) {
                connection.drop("the other node did not step down in time");
              }
            },
            HANDOVER_TIMEOUT_NANOS);
    connection.send(new Frame.Handover(question.term));
  }

  void acknowledged(long term) {
    Asked question = asked;
    if (question == null || question.term != term) {
      connection.drop("an answer to a handover that was not asked for");
      return;
    }
    endQuestion(question);
    // A node without its disk notes nothing, and says nothing more of it.
    connection.peer().map(Party::steppedDown).ifPresent(connection::peer);
    afterOldWork(
        () -> become(term, now -> now, "", question.done),
        () -> answer(question.done, refusals.diskStandsStill()));
  }

  /// The other node stays what it is.
  void refused(Frame.HandoverRefused refusal) {
    Asked question = asked;
    if (question != null && question.term == refusal.term()) {
      giveUp(question, refusals.because(refusal.reason(), SteppingDown.ACTION));
    }
  }

  /// Both asked at once, and the other node's question stands.
  void yieldToTheOther() {
    Asked question = asked;
    if (question != null) {
      giveUp(
          question,
          refusals.because(
              "the other node is being promoted at the same time",
              "look at the status and choose again"));
    }
  }

  /// The link is lost: a switch that was under way ends. To go on alone now could make two
  /// Primaries out of a planned switch; that needs a person who knows that the peer is gone.
  void linkLost() {
    Asked question = asked;
    if (question != null) {
      giveUp(question, refusals.linkLostMeanwhile());
    }
  }

  /// The node shuts down.
  void end() {
    Asked question = asked;
    if (question != null) {
      giveUp(question, refusals.atTheEnd());
    }
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
    answer(question.done, why);
  }

  private void answer(Consumer<CommandResult> done, CommandResult result) {
    role.busy(false);
    done.accept(result);
  }

  // --- the last steps ---

  /// Runs `ready` when nothing of the role before is under way on the disk, or `late` at the limit.
  private void afterOldWork(Runnable ready, Runnable late) {
    waits.until(
        "a promotion, for the work of the role before",
        oldWork::isDone,
        config.limits().roleChangeNanosMax(),
        ready,
        late);
  }

  /// Notes the new role, and takes it. If the note comes back too late it is taken back: whoever
  /// asked was told that nothing happened.
  private void become(
      long term, UnaryOperator<Superblock> also, String note, Consumer<CommandResult> done) {
    if (copy.isFailed() || copy.diskState() == DiskState.INCONSISTENT) {
      answer(
          done, copy.isFailed() ? refusals.failedMeanwhile() : refusals.unfit(false).orElseThrow());
      return;
    }
    Superblock before = copy.superblock();
    var answer = new Once(done);
    Loop.Timer late =
        loop.schedule(
            () -> answer.give(refusals.diskStandsStill()), config.limits().roleChangeNanosMax());
    copy.metadata()
        .update(
            now ->
                also.apply(now)
                    .copy()
                    .term(Math.max(term, now.term()))
                    .primaryNode(identity.nodeId())
                    .keptAll(false)
                    .diskState(DiskState.UP_TO_DATE)
                    .build(),
            result -> {
              late.cancel();
              if (!result.isOk()) {
                role.busy(false);
                copy.fail(result);
                answer.give(
                    refusals.because(
                        result.detail(), "promote the other node and replace this disk"));
              } else if (copy.isFailed()) {
                role.busy(false);
                answer.give(refusals.failedMeanwhile());
              } else if (answer.isGiven() || role.isClosed()) {
                answer.give(refusals.atTheEnd());
                takeBack(before);
              } else {
                role.busy(false);
                copy.to(DiskState.UP_TO_DATE, "this node was promoted without the other");
                taken.run();
                answer.give(new CommandResult.Done(note));
              }
            });
  }

  private void takeBack(Superblock before) {
    copy.metadata()
        .update(
            now ->
                now.copy()
                    .primaryNode(before.primaryNode())
                    .failed(before.failed())
                    .diskState(before.diskState())
                    .keptAll(before.keptAll())
                    .generations(before.generations())
                    .build(),
            result -> {
              role.busy(false);
              if (!result.isOk()) {
                copy.fail(result);
              }
            });
  }

  /// A promotion without the peer.
  private final class Alone {
    private final boolean force;
    private final Consumer<CommandResult> done;
    private final long sinceNanos = loop.nowNanos();
    private int heard;

    Alone(boolean force, Consumer<CommandResult> done) {
      this.force = force;
      this.done = done;
    }

    void begin() {
      role.busy(true);
      int round = heard;
      loop.schedule(
          () -> heard(round, new PeerInquiry.Answer.Silent()), PeerInquiry.ANSWER_NANOS_MAX);
      inquiry.ask(identity, said -> heard(round, said));
    }

    private void heard(int round, PeerInquiry.Answer said) {
      if (heard != round) {
        return;
      }
      heard++;
      switch (said) {
        case PeerInquiry.Answer.Primary(String where, long term) ->
            answer(
                done,
                refusals.because(
                    "the other node answers at %s as Primary, in term %d".formatted(where, term),
                    "mend the link, and promote this node when they are connected; or stop the"
                        + " other node first"));
        case PeerInquiry.Answer.NotPrimary(String where) ->
            afterInquiry("the other node answers at " + where + " and is not Primary");
        case PeerInquiry.Answer.Mute(String where) -> frozen(where);
        case PeerInquiry.Answer.Silent() -> silent();
      }
    }

    /// Nobody was reached on the other ways. That is no word of whoever takes the link.
    private void silent() {
      Optional<String> mute = connection.muteAt();
      if (mute.isPresent()) {
        frozen(mute.get() + " (the mirror's link)");
      } else if (force || !connection.mayShowItself()) {
        afterInquiry("the other node was not reachable");
      } else {
        askAgain();
      }
    }

    private void askAgain() {
      if (!isOvertaken()) {
        loop.schedule(this::begin, AGAIN_NANOS);
      }
    }

    private void frozen(String where) {
      long silentNanos = loop.nowNanos() - sinceNanos;
      if (force) {
        afterInquiry(PromotionRefusals.mute(where));
      } else if (silentNanos >= FROZEN_NANOS_MAX) {
        answer(done, refusals.frozen(where, silentNanos / 1_000_000_000L));
      } else {
        askAgain();
      }
    }

    private void afterInquiry(String heardOfPeer) {
      afterOldWork(() -> take(heardOfPeer), () -> answer(done, refusals.diskStandsStill()));
    }

    private void take(String heardOfPeer) {
      if (isOvertaken()) {
        return;
      }
      var question =
          new Witness.Question.Promote(
              identity.nodeId(),
              Term.next(ledger.term(), identity.nodeId()),
              ledger.generations().current(),
              force);
      Ballot.cast(loop, witness, question, said -> voted(said, heardOfPeer));
    }

    private void voted(Witness.Answer said, String heardOfPeer) {
      switch (said) {
        case Witness.Answer.Yes() -> agreed(heardOfPeer);
        case Witness.Answer.No(String why) ->
            answer(
                done,
                refusals.because(
                    "the witness does not agree: " + why,
                    "promote the other node, or bring it back and let the nodes meet"));
        case Witness.Answer.Unknown(String why) ->
            answer(
                done,
                refusals.because(
                    why, "make sure that this node reaches the witness, and promote it again"));
      }
    }

    /// Much can have happened while somebody was asked. If the other node is back, the nodes meet
    /// first: the meeting waits for a change of role, so this one begins anew.
    ///
    /// @return whether this ends here
    private boolean isOvertaken() {
      if (connection.isUp() && !connection.isMute()) {
        role.busy(false);
        Promotion.this.begin(force, done);
        return true;
      }
      Optional<CommandResult.Refused> refusal =
          role.isEnding() ? Optional.of(refusals.atTheEnd()) : refusals.unfit(force);
      refusal.ifPresent(why -> answer(done, why));
      return refusal.isPresent();
    }

    private void agreed(String heardOfPeer) {
      if (isOvertaken()) {
        return;
      }
      connection.drop("this node is promoted without the other one, which says nothing");
      String note = refusals.note(heardOfPeer, connection.aloneFor());
      if (force) {
        takeByForce(note);
      } else {
        become(Term.next(ledger.term(), identity.nodeId()), now -> now, note, done);
      }
    }

    /// What the other node may have beside is given up: from now on this disk is another history.
    /// What it holds is stable before that is noted, as for every new generation.
    private void takeByForce(String note) {
      var once = new Once(result -> answer(done, result));
      Loop.Timer late =
          loop.schedule(
              () -> once.give(refusals.diskStandsStill()), config.limits().roleChangeNanosMax());
      copy.disk()
          .flush(
              flushed -> {
                late.cancel();
                if (!flushed.isOk()) {
                  copy.fail(flushed);
                }
                if (once.take()) {
                  forced(note);
                }
              });
    }

    private void forced(String note) {
      long fresh = ledger.freshGeneration(dice);
      notices.happened(new MirrorEvent.PromotedByForce(note));
      become(
          Term.next(ledger.term(), identity.nodeId()),
          now -> now.copy().failed(false).generations(now.generations().rotated(fresh)).build(),
          note,
          done);
    }
  }

  /// What a person wants.
  ///
  /// @param planned the other node had described itself on the link when it was asked for; one that
  ///     stands alone is still reached, and hangs up without a word
  private record Wish(boolean force, boolean planned, long deadlineNanos) {}

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
