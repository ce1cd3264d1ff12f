package io.lockstep.mirror;

import io.lockstep.block.IoResult;
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
/// same
/// turn of the loop, the source sends every new write to the peer too, so that no write falls
/// between "recorded in the bitmap" and "sent". Belongs to the mirror's loop.
final class Meeting {
  /// How often a report is tried again while a superblock update is on its way.
  private static final long REPORT_RETRY_NANOS = 5_000_000;

  /// How long a side that has come to a stop waits for the other to come to it too.
  private static final long STOP_DELAY_NANOS = 500_000_000;

  private final Node node;

  /// The split that the last meeting showed; null if it showed none.
  private @Nullable Split shown;

  /// The generation of the peer for which this node's changes are given up; 0 = none.
  private long consentGeneration;

  private @Nullable Party reported;
  private Frame.@Nullable ReportParams peerReport;
  private boolean decided;
  private Plan.@Nullable Stop stopped;

  Meeting(Node node) {
    this.node = node;
  }

  /// Two generations that parted.
  record Split(long own, long peer) {}

  /// The split that a person has been shown, as long as this node's side of it still stands.
  Optional<Split> shownSplit() {
    long own = node.metadata.superblock().generations().current();
    return Optional.ofNullable(shown).filter(split -> split.own() == own);
  }

  /// Gives up this node's changes at `split`, for one meeting.
  void consent(Split split) {
    consentGeneration = split.peer();
  }

  void withdrawConsent() {
    consentGeneration = 0;
  }

  boolean hasReported() {
    return reported != null;
  }

  boolean isDecided() {
    return decided;
  }

  void ended() {
    reported = null;
    peerReport = null;
    decided = false;
    Plan.Stop stop = stopped;
    stopped = null;
    if (stop != null) {
      node.connection.standAlone(sentence(stop), stop.splitBrain());
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
    Superblock.Identity own = node.metadata.superblock().identity();
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
    Optional<String> misfit = misfit(hello);
    if (misfit.isPresent()) {
      node.connection.send(new Frame.Refuse(misfit.get()));
      node.connection.keepTrying(misfit.get());
      return;
    }
    node.connection.peerName(hello.nodeName());
    long link = node.connection.linkNumber();
    node.peerWrites.drop();
    node.peerWrites.whenDrained(() -> report(link));
  }

  private Optional<String> misfit(Frame.Hello hello) {
    Superblock.Identity own = node.metadata.superblock().identity();
    if (!hello.pairId().equals(own.pairId())) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "nodes of different pairs: node %s belongs to pair %s, node %s to pair %s;"
                  + " correct the peer address, or initialise the wrong disk again",
              node.config.nodeName(),
              own.pairName(),
              hello.nodeName(),
              hello.pairName()));
    }
    if (!hello.mirrorId().equals(own.mirrorId())) {
      return Optional.of("the peer address leads to another mirror of this pair; correct it");
    }
    if (hello.nodeId() == own.nodeId()) {
      return Optional.of(
          "both nodes say that they are node "
              + own.nodeId()
              + "; initialise one of them with the other id");
    }
    if (hello.versionMin() > Connection.VERSION_MAX
        || hello.versionMax() < Connection.VERSION_MIN) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "the peer speaks protocol versions %d to %d, this node %d to %d; upgrade the older",
              hello.versionMin(),
              hello.versionMax(),
              Connection.VERSION_MIN,
              Connection.VERSION_MAX));
    }
    return Optional.empty();
  }

  private void report(long link) {
    if (link != node.connection.linkNumber()) {
      return;
    }
    if (node.metadata.isUpdating() || node.roles.isBusy() || node.resyncTarget.isLayingOut()) {
      node.loop.schedule(() -> report(link), REPORT_RETRY_NANOS);
      return;
    }
    Superblock own = node.metadata.superblock();
    boolean newDisk = own.generations().current() == 0;
    Party party =
        new Party(
            node.nodeId(),
            own.generations(),
            own.term(),
            own.primaryNode(),
            node.role,
            node.diskState,
            newDisk,
            node.roles.hasHostWritten(),
            own.keptAll(),
            own.failed() || node.isFailed(),
            consentGeneration,
            node.metadata.bitmap().setCount());
    reported = party;
    int flags =
        (party.wrote() ? Frame.ReportParams.FLAG_WROTE : 0)
            | (newDisk ? Frame.ReportParams.FLAG_NEW_DISK : 0)
            | (party.keptAll() ? Frame.ReportParams.FLAG_KEPT_ALL : 0)
            | (party.failed() ? Frame.ReportParams.FLAG_FAILED : 0);
    node.connection.send(
        new Frame.ReportParams(
            party.generations(),
            party.term(),
            party.primaryNode(),
            party.role(),
            party.diskState(),
            flags,
            own.geometry().replicatedBytes(),
            own.geometry().logicalBlockBytes(),
            own.geometry().physicalBlockBytes(),
            party.outOfSyncBlocks(),
            party.consentGeneration()));
    meet();
  }

  /// The other side has reported.
  void reported(Frame.ReportParams report) {
    peerReport = report;
    meet();
  }

  private void meet() {
    Party mine = reported;
    Frame.ReportParams report = peerReport;
    if (mine == null || report == null || decided || stopped != null) {
      return;
    }
    Party theirs =
        new Party(
            node.peerId(),
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
    boolean onePrimary = mine.role() != theirs.role();
    if (onePrimary && mine.role() == Role.PRIMARY && theirs.term() > mine.term()) {
      raiseTerm(Term.next(theirs.term(), node.nodeId()));
      return;
    }
    if (onePrimary && theirs.role() == Role.PRIMARY && mine.term() > theirs.term()) {
      return; // The Primary raises its term and the meeting begins again.
    }
    if (isUnusable(mine) || isUnusable(theirs)) {
      stop(
          new Plan.Stop(
              false,
              "the disk of node " + (isUnusable(mine) ? mine : theirs).nodeId() + " has failed",
              "replace that disk, initialise it to join, and start its node again"));
      return;
    }
    carryOut(mine, theirs, Handshake.decide(mine, theirs));
  }

  private static boolean isUnusable(Party party) {
    return switch (party.diskState()) {
      case DISKLESS, ATTACHING, FAILED, NEGOTIATING, DUNKNOWN -> true;
      case INCONSISTENT, OUTDATED, CONSISTENT, UP_TO_DATE -> false;
    };
  }

  /// A joining disk takes over the mirror's size and block sizes; a smaller one is refused.
  private boolean sizesFit(Party mine, Party theirs, Frame.ReportParams report) {
    Superblock.Geometry own = node.metadata.superblock().geometry();
    boolean same =
        own.replicatedBytes() == report.replicatedBytes()
            && own.logicalBlockBytes() == report.logicalBlockBytes();
    if (same) {
      return true;
    }
    if (mine.newDisk() == theirs.newDisk()) {
      stop(
          new Plan.Stop(
              false,
              "the two disks were laid out for different sizes",
              "initialise the wrong one again, to join"));
      return false;
    }
    long agreed = mine.newDisk() ? report.replicatedBytes() : own.replicatedBytes();
    long room = mine.newDisk() ? own.replicatedBytes() : report.replicatedBytes();
    if (room < agreed) {
      stop(
          new Plan.Stop(
              false,
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
    node.metadata.update(
        superblock -> superblock.withTerm(term, node.nodeId()),
        result -> {
          if (result.isOk()) {
            node.connection.drop("handshake starts again: term raised to " + term);
          } else {
            node.diskFailed(result);
          }
        });
  }

  private void carryOut(Party mine, Party theirs, Plan plan) {
    consentGeneration = 0; // For one occasion, and this was it.
    shown = null;
    switch (plan) {
      case Plan.Stop stop -> {
        if (stop.splitBrain()) {
          shown = new Split(mine.generations().current(), theirs.generations().current());
        }
        stop(stop);
      }
      case Plan.InSync _ -> {
        decided = true;
        inSync(theirs);
        resume(mine, theirs, plan);
      }
      case Plan.Resync resync -> {
        decided = true;
        node.connection.clearReason();
        if (resync.localIsSource()) {
          becomeSource(theirs, resync);
          resume(mine, theirs, plan);
        } else {
          node.connection.setState(ConnectionState.WF_BITMAP_T);
          boolean resumes = nobodyIsPrimary(mine, theirs) && resumesHere(mine, theirs, plan);
          node.resyncTarget.prepare(theirs, resync, resumes);
        }
      }
    }
  }

  /// Stands alone, a moment later, so that the other side gets this side's report and comes to the
  /// same stop by itself.
  private void stop(Plan.Stop stop) {
    long link = node.connection.linkNumber();
    stopped = stop;
    node.connection.showReason(sentence(stop));
    node.loop.schedule(
        () -> {
          if (link == node.connection.linkNumber()) {
            node.connection.standAlone(sentence(stop), stop.splitBrain());
          }
        },
        STOP_DELAY_NANOS);
  }

  private static String sentence(Plan.Stop stop) {
    return stop.why() + "; " + stop.action();
  }

  private void inSync(Party theirs) {
    node.connection.clearReason();
    node.connection.peerTakesPart(true);
    node.connection.setState(ConnectionState.CONNECTED);
    node.generations.sharedWithPeer();
    adopt(theirs, Generations::retired);
  }

  private void becomeSource(Party theirs, Plan.Resync plan) {
    node.connection.peerTakesPart(true);
    node.connection.setState(ConnectionState.WF_BITMAP_S);
    node.resyncSource.expect(plan);
    adopt(theirs, generations -> generations);
  }

  /// Takes over the higher term and notes that this disk is the newest there is; frames that come
  /// after the decision wait until that is durable (I5).
  private void adopt(Party theirs, java.util.function.UnaryOperator<Generations> change) {
    node.peerWrites.step(
        () ->
            node.metadata.update(
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
      if (!node.isFailed()) {
        node.diskState = DiskState.UP_TO_DATE;
      }
      node.changed();
      node.connection.sendState();
    } else {
      node.diskFailed(result);
    }
    node.peerWrites.stepDone();
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
    return Handshake.resumes(mine, theirs, plan) == node.nodeId();
  }
}
