package io.lockstep.mirror;

import io.lockstep.block.IoResult;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Handshake;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.state.Term;
import io.lockstep.mirror.wire.Frame;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What happens when the nodes meet: greeting, reports, decision ([Handshake]), and its first
/// steps.
///
/// What a node has reported is what the decision is made from, on both sides; if it changes before
/// the decision, the link is dropped and the meeting begins again. From the decision on, in the
/// same turn of the loop, the source sends every new write to the peer too, so that no write falls
/// between "recorded in the bitmap" and "sent". Belongs to the mirror's loop.
final class Meeting {
  /// What one of two Primaries says when it has given way to the other.
  static final String GAVE_WAY = "it was Primary too, and has stopped serving";

  /// How often a report is tried again while a superblock update is on its way.
  private static final long REPORT_RETRY_NANOS = 5_000_000;

  /// How long a meeting waits for old work before it says so.
  private static final long OLD_WORK_NANOS = 2_000_000_000L;

  private final Node node;
  private final LocalCopy copy;
  private final Standstill standstill;
  private final GivenUp givenUp;

  /// The other side has said who it is, and is the peer.
  private boolean greeted;

  private @Nullable Party reported;
  private Frame.@Nullable ReportParams peerReport;
  private boolean decided;

  Meeting(Node node) {
    this.node = node;
    this.copy = node.copy;
    this.standstill = new Standstill(node);
    this.givenUp = new GivenUp(node);
  }

  /// Whether this node's changes are given up for the other's.
  GivenUp givenUp() {
    return givenUp;
  }

  boolean hasReported() {
    return reported != null;
  }

  boolean isDecided() {
    return decided;
  }

  void ended() {
    greeted = false;
    reported = null;
    peerReport = null;
    decided = false;
    standstill.linkEnded();
  }

  /// The other side leaves, and has said that it serves no more.
  void peerHasStopped() {
    standstill.confirmed();
  }

  /// A person wants the nodes to meet, whatever the last meeting came to.
  void again() {
    boolean stopped = standstill.isComing();
    standstill.end();
    if (stopped) {
      node.connection.drop("the nodes meet again");
    }
  }

  /// A write went to this disk alone. If this node has just reported that nothing is out of sync,
  /// the report is wrong now (found by the simulation, seed 1042: in sync with a bit set).
  void bitsAppeared() {
    Party mine = reported;
    if (mine != null && !decided && mine.outOfSyncBlocks() == 0) {
      node.connection.drop("handshake starts again: a write went to this disk alone");
    }
  }

  void greet() {
    Superblock.Identity own = copy.superblock().identity();
    node.connection.send(
        new Frame.Hello(
            Connection.VERSION_MIN,
            Connection.VERSION_MAX,
            0,
            own.pairId(),
            own.mirrorId(),
            own.nodeId(),
            node.config.nodeName(),
            own.pairName(),
            node.config.release()));
  }

  /// The other side has said who it is.
  void greeted(Frame.Hello hello) {
    Optional<String> misfit =
        Misfit.of(copy.superblock().identity(), node.config.nodeName(), hello);
    if (misfit.isPresent()) {
      node.connection.send(new Frame.Refuse(misfit.get()));
      node.connection.keepTrying(misfit.get());
      return;
    }
    greeted = true;
    node.connection.peerName(hello.nodeName());
    PeerSession session = node.connection.session();
    node.peerWrites.drop();
    report(session, node.loop.nowNanos() + OLD_WORK_NANOS);
  }

  /// Reports how things stand, when they do stand: what the last link or role left under way on the
  /// disk must have ended before the new link writes there.
  ///
  /// @param patientUntilNanos from then on people are told what is waited for
  private void report(PeerSession session, long patientUntilNanos) {
    if (!session.isAlive() || reported != null) {
      return;
    }
    boolean oldWork = !node.roles.isOldWorkDone() || node.resyncTarget.isLayingOut();
    boolean changing = copy.metadata().isUpdating() || node.generations.isRotating();
    if (oldWork || changing || node.roles.isBusy()) {
      boolean late = node.loop.nowNanos() > patientUntilNanos;
      if (late) {
        node.connection.showReason(
            "an operation of before has not come back from the disk of node "
                + node.config.nodeName()
                + "; the nodes meet when it has");
      }
      node.loop.schedule(
          () -> report(session, late ? Long.MAX_VALUE : patientUntilNanos), REPORT_RETRY_NANOS);
      return;
    }
    if (patientUntilNanos == Long.MAX_VALUE) {
      node.connection.showReason("");
    }
    reportNow();
  }

  private void reportNow() {
    Party party = own();
    reported = party;
    int flags =
        (party.wrote() ? Frame.ReportParams.FLAG_WROTE : 0)
            | (party.newDisk() ? Frame.ReportParams.FLAG_NEW_DISK : 0)
            | (party.keptAll() ? Frame.ReportParams.FLAG_KEPT_ALL : 0)
            | (party.failed() ? Frame.ReportParams.FLAG_FAILED : 0);
    Superblock.Geometry geometry = copy.superblock().geometry();
    node.connection.send(
        new Frame.ReportParams(
            party.generations(),
            party.term(),
            party.primaryNode(),
            party.role(),
            party.diskState(),
            flags,
            geometry.replicatedBytes(),
            geometry.logicalBlockBytes(),
            geometry.physicalBlockBytes(),
            party.outOfSyncBlocks(),
            party.consentGeneration()));
    meet();
  }

  /// What this node brings to a meeting.
  private Party own() {
    Superblock own = copy.superblock();
    return new Party(
        copy.nodeId(),
        own.generations(),
        own.term(),
        own.primaryNode(),
        node.role(),
        copy.diskState(),
        own.generations().current() == 0,
        node.roles.hasHostWritten(),
        own.keptAll() || copy.hasStayedWhole(),
        own.failed() || copy.isFailed(),
        givenUp.generation(),
        copy.bitmap().setCount());
  }

  /// The other side has reported. Before it is known to be the peer nothing is believed, and nobody
  /// gives way.
  void reported(Frame.ReportParams report) {
    if (!greeted) {
      node.connection.drop("the peer reports before it has said who it is");
      return;
    }
    if (!DiskLayout.isPossible(report.replicatedBytes())
        || report.logicalBlockBytes() > report.physicalBlockBytes()) {
      node.connection.drop("the peer names a size that no disk is laid out for");
      return;
    }
    peerReport = report;
    if (reported == null && node.isPrimary() && report.role() == Role.PRIMARY) {
      reportNow(); // One of two Primaries stops at once: not when a disk has come back.
    } else {
      meet();
    }
  }

  private void meet() {
    Party mine = reported;
    Frame.ReportParams report = peerReport;
    if (mine == null || report == null || decided || standstill.isComing()) {
      return;
    }
    Party theirs =
        new Party(
            copy.peerId(),
            report.generations(),
            report.term(),
            report.primaryNode(),
            report.role(),
            report.diskState(),
            report.has(Frame.ReportParams.FLAG_NEW_DISK),
            report.has(Frame.ReportParams.FLAG_WROTE),
            report.has(Frame.ReportParams.FLAG_KEPT_ALL),
            report.has(Frame.ReportParams.FLAG_FAILED),
            report.consentGeneration(),
            report.outOfSyncBlocks());
    node.connection.peer(theirs);
    if (!sizesFit(mine, theirs, report)) {
      return;
    }
    if (!mine.newDisk() && !Term.isBelievable(theirs.term(), mine.term())) {
      node.connection.keepTrying(
          "the peer names term %d, and %d is the last known here: one of the disks is not of this"
                  .formatted(theirs.term(), mine.term())
              + " mirror, or damaged");
      return;
    }
    boolean onePrimary = mine.role() != theirs.role();
    if (onePrimary && isBehind(mine, theirs)) {
      raiseTerm(Term.next(theirs.term(), copy.nodeId()));
      return;
    }
    if (onePrimary && isBehind(theirs, mine)) {
      return; // The Primary raises its term and the meeting begins again.
    }
    carryOut(mine, theirs, Handshake.decide(mine, theirs));
  }

  /// Whether this Primary must take a later term before it goes on. One without a disk writes
  /// nothing, neither a term nor anybody's data.
  private static boolean isBehind(Party primary, Party other) {
    return primary.role() == Role.PRIMARY
        && !primary.isWithoutDisk()
        && other.term() > primary.term();
  }

  /// A joining disk takes over the mirror's size and block sizes; a smaller one is refused.
  private boolean sizesFit(Party mine, Party theirs, Frame.ReportParams report) {
    Superblock.Geometry own = copy.superblock().geometry();
    boolean same =
        own.replicatedBytes() == report.replicatedBytes()
            && own.logicalBlockBytes() == report.logicalBlockBytes();
    if (same) {
      return true;
    }
    if (mine.newDisk() == theirs.newDisk()) {
      standstill.come(
          Plan.Stop.forGood(
              "the two disks were laid out for different sizes",
              "initialise the wrong one again, to join"));
      return false;
    }
    long agreed = mine.newDisk() ? report.replicatedBytes() : own.replicatedBytes();
    long room = mine.newDisk() ? own.replicatedBytes() : report.replicatedBytes();
    if (room < agreed) {
      standstill.come(
          Plan.Stop.forGood(
              String.format(
                  Locale.ROOT,
                  "the disk of node %d is too small for the mirror: it has room for %d bytes and"
                      + " the mirror has %d",
                  (mine.newDisk() ? mine : theirs).nodeId(),
                  room,
                  agreed),
              "use a larger disk"));
    } else if (mine.newDisk()) {
      node.resyncTarget.layOutFor(
          new Superblock.Geometry(
              agreed,
              report.logicalBlockBytes(),
              report.physicalBlockBytes(),
              own.activityLogSlots()));
    }
    return false;
  }

  /// The peer has seen a later Primary than this one, and that one has stepped down: frames of this
  /// Primary must be of a later term still (I5).
  private void raiseTerm(long term) {
    copy.metadata()
        .update(
            superblock -> superblock.withTerm(term, copy.nodeId()),
            result -> {
              if (result.isOk()) {
                node.connection.drop("handshake starts again: term raised to " + term);
              } else {
                copy.fail(result);
              }
            });
  }

  /// Whether the nodes are about to part because both hold changes that the other lacks.
  boolean isSplit() {
    return standstill.isSplit();
  }

  private void carryOut(Party mine, Party theirs, Plan plan) {
    if (!(plan instanceof Plan.Resync resync && !resync.localIsSource())) {
      givenUp.usedUp();
    }
    givenUp.nothingShown();
    sayWhoServes(mine, theirs, plan);
    node.listener.decided(plan);
    switch (plan) {
      case Plan.Stop stop -> {
        if (stop.splitBrain()) {
          givenUp.shows(mine, theirs);
        }
        standstill.come(stop);
      }
      case Plan.StepDown down -> {
        givenUp.shows(mine, theirs);
        if (down.loser() == mine.nodeId()) {
          node.roles.giveWay(theirs);
          node.connection.send(new Frame.Goodbye(GAVE_WAY));
          standstill.come(down.stop());
        } else {
          standstill.comeWhenConfirmed(down.stop());
        }
      }
      case Plan.WithoutDisk without -> {
        decided = true;
        standstill.end();
        node.lostDisk.met(without.failedNode());
      }
      case Plan.InSync _ -> {
        decided = true;
        standstill.end();
        inSync(theirs);
        resume(mine, theirs, plan);
      }
      case Plan.Resync resync -> {
        decided = true;
        standstill.end();
        node.connection.clearReason();
        Party noted = noted(mine, theirs, resync);
        if (resync.localIsSource()) {
          becomeSource(noted, resync);
          resume(mine, theirs, plan);
        } else {
          node.connection.to(ConnectionState.WF_BITMAP_T, resync.rule());
          boolean resumes = nobodyIsPrimary(mine, theirs) && resumesHere(mine, theirs, plan);
          node.resyncTarget.prepare(noted, resync, resumes, givenUp::usedUp);
        }
      }
    }
  }

  /// The other node as it is noted. If nobody resumes in a full resync, then not after the next
  /// meeting either, nor after a start: a person decides.
  private static Party noted(Party mine, Party theirs, Plan.Resync plan) {
    boolean undecided =
        plan.full() && nobodyIsPrimary(mine, theirs) && Handshake.resumes(mine, theirs, plan) < 0;
    return undecided ? theirs.afterNobody(Math.max(mine.term(), theirs.term())) : theirs;
  }

  private void inSync(Party theirs) {
    node.connection.clearReason();
    node.connection.peerTakesPart(true);
    node.connection.to(ConnectionState.CONNECTED, "the nodes have met, and nothing differs");
    node.generations.sharedWithPeer();
    adopt(theirs, Generations::retired);
  }

  private void becomeSource(Party theirs, Plan.Resync plan) {
    node.connection.peerTakesPart(true);
    node.connection.to(ConnectionState.WF_BITMAP_S, plan.rule());
    node.resyncSource.expect(plan);
    adopt(theirs, generations -> generations);
  }

  /// Takes over the higher term and notes that this disk is the newest there is; frames that come
  /// after the decision wait until that is durable (I5).
  private void adopt(Party theirs, java.util.function.UnaryOperator<Generations> change) {
    node.peerWrites.step(
        () ->
            copy.metadata()
                .update(
                    now -> {
                      Superblock.Builder next =
                          now.copy()
                              .generations(change.apply(now.generations()))
                              .keptAll(false)
                              .diskState(DiskState.UP_TO_DATE);
                      if (theirs.term() > now.term()) {
                        next.term(theirs.term()).primaryNode(theirs.primaryNode());
                      } else if (theirs.term() == now.term()) {
                        next.primaryNode(Math.min(theirs.primaryNode(), now.primaryNode()));
                      }
                      return next.build();
                    },
                    this::adopted));
  }

  private void adopted(IoResult result) {
    if (result.isOk()) {
      copy.to(DiskState.UP_TO_DATE, "the nodes have met, and nothing newer is known");
      node.connection.sendState();
    } else {
      copy.fail(result);
    }
    node.peerWrites.stepDone();
  }

  /// Says why no node becomes Primary by itself, if none does.
  private void sayWhoServes(Party mine, Party theirs, Plan plan) {
    if (!nobodyIsPrimary(mine, theirs) || Handshake.resumes(mine, theirs, plan) >= 0) {
      return;
    }
    node.connection.nobodyServes(
        switch (plan) {
          case Plan.Resync resync when resync.full() -> {
            int source = (resync.localIsSource() ? mine : theirs).nodeId();
            yield "nobody is Primary: node %d fills the other disk, and newer data may have been"
                    .formatted(source)
                + " lost with what that disk, or the one before it, held; if there is none to be"
                + " brought back, promote node "
                + source;
          }
          case Plan.InSync _, Plan.Resync _, Plan.WithoutDisk _ ->
              "nobody is Primary, and nobody was last; promote a node";
          case Plan.Stop _, Plan.StepDown _ -> "";
        });
  }

  private void resume(Party mine, Party theirs, Plan plan) {
    if (nobodyIsPrimary(mine, theirs) && resumesHere(mine, theirs, plan)) {
      node.roles.resume();
    }
  }

  private static boolean nobodyIsPrimary(Party mine, Party theirs) {
    return mine.role() == Role.SECONDARY && theirs.role() == Role.SECONDARY;
  }

  private boolean resumesHere(Party mine, Party theirs, Plan plan) {
    return Handshake.resumes(mine, theirs, plan) == copy.nodeId();
  }
}
