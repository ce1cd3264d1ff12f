package io.lockstep.mirror.meeting;

import io.lockstep.block.IoResult;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.resync.ResyncSource;
import io.lockstep.mirror.resync.ResyncTarget;
import io.lockstep.mirror.resync.Resyncs;
import io.lockstep.mirror.role.GivenUp;
import io.lockstep.mirror.role.LostDisk;
import io.lockstep.mirror.role.OldWork;
import io.lockstep.mirror.role.Roles;
import io.lockstep.mirror.role.Standstill;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Handshake;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Participation;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.state.Term;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.write.AloneGeneration;
import io.lockstep.mirror.write.DataPath;
import io.lockstep.mirror.write.PeerWrites;
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
public final class Meeting {
  /// What one of two Primaries says when it has given way to the other.
  static final String GAVE_WAY = "it was Primary too, and has stopped serving";

  /// How long a meeting waits for old work before it says so, and says so again.
  private static final long OLD_WORK_NANOS = 2_000_000_000L;

  private final Waits waits;
  private final NodeIdentity identity;
  private final Ledger ledger;
  private final LocalCopy copy;
  private final MirrorConfig config;
  private final OwnRole role;
  private final PeerConnection connection;
  private final PeerWrites peerWrites;
  private final AloneGeneration generations;
  private final ResyncSource resyncSource;
  private final ResyncTarget resyncTarget;
  private final Roles roles;
  private final LostDisk lostDisk;
  private final Standstill standstill;
  private final GivenUp givenUp;
  private final OldWork oldWork;
  private final MirrorListener listener;

  /// The other side has said who it is, and is the peer.
  private boolean greeted;

  private Frame.@Nullable ReportParams peerReport;

  public Meeting(Outside outside, Side side, DataPath data, Resyncs resyncs, Switching switching) {
    this.waits = outside.waits();
    this.identity = side.identity();
    this.ledger = side.ledger();
    this.copy = side.copy();
    this.config = outside.config();
    this.role = side.role();
    this.connection = side.connection();
    this.peerWrites = data.peerWrites();
    this.generations = data.generations();
    this.resyncSource = resyncs.source();
    this.resyncTarget = resyncs.target();
    this.roles = switching.roles();
    this.lostDisk = switching.lostDisk();
    this.standstill = switching.partings().standstill();
    this.givenUp = switching.partings().givenUp();
    this.oldWork = switching.oldWork();
    this.listener = outside.listener();
  }

  /// The link has ended; the next one begins with a greeting.
  public void ended() {
    greeted = false;
    peerReport = null;
    standstill.linkEnded();
  }

  /// The other side leaves, and has said that it serves no more.
  void peerHasStopped() {
    standstill.confirmed();
  }

  void greet() {
    connection.send(
        new Frame.Hello(
            PeerConnection.VERSION_MIN,
            PeerConnection.VERSION_MAX,
            0,
            identity.pairId(),
            identity.mirrorId(),
            identity.nodeId(),
            config.nodeName(),
            identity.pairName(),
            config.mirrorName(),
            config.release()));
  }

  /// The other side has said who it is.
  void greeted(Frame.Hello hello) {
    Optional<String> misfit = Misfit.of(identity, config, hello);
    if (misfit.isPresent()) {
      connection.send(new Frame.Refuse(misfit.get()));
      connection.keepTrying(misfit.get());
      return;
    }
    greeted = true;
    connection.peerName(hello.nodeName());
    PeerSession session = connection.session();
    peerWrites.drop();
    report(session, false);
  }

  /// Reports how things stand, when they do stand: what the last link or role left under way on the
  /// disk must have ended before the new link writes there.
  ///
  /// @param late whether people were told what is waited for
  private void report(PeerSession session, boolean late) {
    if (!session.isAlive() || session.reported() != null) {
      return;
    }
    if (isUnsettled()) {
      waits.until(
          "a meeting, for what is under way here",
          () -> !isUnsettled() || !session.isAlive(),
          OLD_WORK_NANOS,
          () -> report(session, late),
          () -> reportLate(session));
      return;
    }
    if (late) {
      connection.showReason("");
    }
    reportNow();
  }

  private boolean isUnsettled() {
    boolean unfinished = !oldWork.isDone() || resyncTarget.isLayingOut();
    boolean changing = copy.metadata().isUpdating() || generations.isRotating();
    return unfinished || changing || role.isBusy();
  }

  private void reportLate(PeerSession session) {
    connection.showReason(
        "an operation of before has not come back from the disk of node "
            + config.nodeName()
            + "; the nodes meet when it has");
    report(session, true);
  }

  private void reportNow() {
    Party party = own();
    connection.session().reported(party);
    int flags =
        (party.wrote() ? Frame.ReportParams.FLAG_WROTE : 0)
            | (party.newDisk() ? Frame.ReportParams.FLAG_NEW_DISK : 0)
            | (party.keptAll() ? Frame.ReportParams.FLAG_KEPT_ALL : 0)
            | (party.failed() ? Frame.ReportParams.FLAG_FAILED : 0);
    Superblock.Geometry geometry = copy.superblock().geometry();
    connection.send(
        new Frame.ReportParams(
            party.generations(),
            party.term(),
            party.primaryNode(),
            party.role(),
            party.diskState(),
            flags,
            geometry.replicatedBytes(),
            copy.controlBytes(),
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
        identity.nodeId(),
        ledger.generations(),
        ledger.term(),
        ledger.primaryNode(),
        role.role(),
        copy.diskState(),
        ledger.generations().current() == 0,
        roles.hasHostWritten(),
        own.keptAll() || copy.hasStayedWhole(),
        own.failed() || copy.isFailed(),
        givenUp.generation(),
        copy.bitmap().setCount());
  }

  /// The other side has reported. Before it is known to be the peer nothing is believed, and nobody
  /// gives way.
  void reported(Frame.ReportParams report) {
    if (!greeted) {
      connection.drop("the peer reports before it has said who it is");
      return;
    }
    if (!DiskLayout.isPossible(report.replicatedBytes())
        || !DiskLayout.isControlPossible(report.controlBytes(), report.replicatedBytes())
        || report.logicalBlockBytes() > report.physicalBlockBytes()) {
      connection.drop("the peer names a size that no disk is laid out for");
      return;
    }
    peerReport = report;
    if (connection.session().reported() == null
        && role.isPrimary()
        && report.role() == Role.PRIMARY) {
      reportNow(); // One of two Primaries stops at once: not when a disk has come back.
    } else {
      meet();
    }
  }

  private void meet() {
    Party mine = connection.session().reported();
    Frame.ReportParams report = peerReport;
    boolean over = connection.session().hasMet() || standstill.isComing();
    if (mine == null || report == null || over) {
      return;
    }
    Party theirs =
        new Party(
            identity.peerId(),
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
    connection.peer(theirs);
    if (!sizesFit(mine, theirs, report)) {
      return;
    }
    if (!mine.newDisk() && !Term.isBelievable(theirs.term(), mine.term())) {
      connection.keepTrying(
          "the peer names term %d, and %d is the last known here: one of the disks is not of this"
                  .formatted(theirs.term(), mine.term())
              + " mirror, or damaged");
      return;
    }
    boolean onePrimary = mine.role() != theirs.role();
    if (onePrimary && isBehind(mine, theirs)) {
      raiseTerm(Term.next(theirs.term(), identity.nodeId()));
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
            && copy.controlBytes() == report.controlBytes()
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
      resyncTarget.layOutFor(
          new Superblock.Geometry(
              agreed,
              report.logicalBlockBytes(),
              report.physicalBlockBytes(),
              own.activityLogSlots()),
          report.controlBytes());
    }
    return false;
  }

  /// The peer has seen a later Primary than this one, and that one has stepped down: frames of this
  /// Primary must be of a later term still (I5).
  private void raiseTerm(long term) {
    ledger.update(
        now -> now.withTerm(term, identity.nodeId()),
        result -> {
          if (result.isOk()) {
            connection.drop("handshake starts again: term raised to " + term);
          }
        });
  }

  private void carryOut(Party mine, Party theirs, Plan plan) {
    if (!(plan instanceof Plan.Resync resync && !resync.localIsSource())) {
      givenUp.usedUp();
    }
    givenUp.nothingShown();
    sayWhoServes(mine, theirs, plan);
    listener.decided(plan);
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
          roles.giveWay(theirs);
          connection.send(new Frame.Goodbye(GAVE_WAY));
          standstill.come(down.stop());
        } else {
          standstill.comeWhenConfirmed(down.stop());
        }
      }
      case Plan.WithoutDisk without -> {
        connection.session().met();
        standstill.end();
        lostDisk.met(without.failedNode());
      }
      case Plan.InSync _ -> {
        connection.session().met();
        standstill.end();
        inSync(theirs);
        resume(mine, theirs, plan);
      }
      case Plan.Resync resync -> {
        connection.session().met();
        standstill.end();
        connection.clearReason();
        Party noted = noted(mine, theirs, resync);
        if (resync.localIsSource()) {
          becomeSource(noted, resync);
          resume(mine, theirs, plan);
        } else {
          connection.to(ConnectionState.WF_BITMAP_T, resync.rule());
          boolean resumes = nobodyIsPrimary(mine, theirs) && resumesHere(mine, theirs, plan);
          Runnable filled = resumes ? roles::resume : () -> {};
          resyncTarget.prepare(noted, resync, filled, givenUp::usedUp);
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
    connection.clearReason();
    connection.participates(Participation.IN_SYNC);
    connection.to(ConnectionState.CONNECTED, "the nodes have met, and nothing differs");
    generations.sharedWithPeer();
    adopt(theirs, Generations::retired);
  }

  private void becomeSource(Party theirs, Plan.Resync plan) {
    connection.participates(Participation.RECEIVING);
    connection.to(ConnectionState.WF_BITMAP_S, plan.rule());
    resyncSource.expect(plan);
    adopt(theirs, generations -> generations);
  }

  /// Takes over the higher term and notes that this disk is the newest there is; frames that come
  /// after the decision wait until that is durable (I5).
  private void adopt(Party theirs, java.util.function.UnaryOperator<Generations> change) {
    peerWrites.step(
        end ->
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
                    result -> {
                      adopted(result);
                      end.run();
                    }));
  }

  private void adopted(IoResult result) {
    if (result.isOk()) {
      copy.to(DiskState.UP_TO_DATE, "the nodes have met, and nothing newer is known");
      connection.sendState();
    } else {
      copy.fail(result);
    }
  }

  /// Says why no node becomes Primary by itself, if none does.
  private void sayWhoServes(Party mine, Party theirs, Plan plan) {
    if (!nobodyIsPrimary(mine, theirs) || Handshake.resumes(mine, theirs, plan) >= 0) {
      return;
    }
    connection.nobodyServes(
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
      roles.resume();
    }
  }

  private static boolean nobodyIsPrimary(Party mine, Party theirs) {
    return mine.role() == Role.SECONDARY && theirs.role() == Role.SECONDARY;
  }

  private boolean resumesHere(Party mine, Party theirs, Plan plan) {
    return Handshake.resumes(mine, theirs, plan) == identity.nodeId();
  }
}
