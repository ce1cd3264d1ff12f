package io.lockstep.daemon;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BootClock;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.Dispatcher;
import io.lockstep.control.NodeControl;
import io.lockstep.control.PairPicture;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.iscsi.login.RoleKey;
import io.lockstep.iscsi.portal.Portal;
import io.lockstep.iscsi.portal.TargetDirectory;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.link.ControlAnswer;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.FrameLimits;
import io.lockstep.node.Administration;
import io.lockstep.node.LuNames;
import io.lockstep.node.MirrorCommands;
import io.lockstep.node.NodeReport;
import io.lockstep.node.OfferedTargets;
import io.lockstep.node.PeerReading;
import io.lockstep.node.ReplicaReader;
import io.lockstep.node.ReplicatedSpace;
import io.lockstep.node.ServedVolumes;
import io.lockstep.volume.embedded.EngineOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One node at work: joins mirror, records, volumes, targets and control by the role that the
/// mirror says. Belongs to the mirror's loop; everything here runs on it.
///
/// - **Primary**: records and volumes are open on the mirror's device, the targets serve them.
/// - **Secondary**: the targets stand by; which ones there are is read from the local copy.
final class Node implements MirrorListener, NodeControl {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final RingLoop loop;
  private final BufferPool pool;
  private final DaemonConfig config;
  private final PairKnowledge board;
  private final OfferedTargets targets;
  private final Dispatcher dispatcher = new Dispatcher(this);
  private final SecureRandom dice = new SecureRandom();
  private final NodeEnd end;
  private final PeerReading peerReading;

  private @Nullable Mirror mirror;
  private @Nullable ServedVolumes primary;
  private @Nullable ReplicaReader replica;
  private @Nullable Administration administration;
  private @Nullable Portal portal;
  private Runnable statusListener = () -> {};
  private Consumer<EventInfo> follower = _ -> {};
  private final MirrorStory story;
  private String lastState = "";
  private String lastDecided = "";

  /// Why the last report of the other node was not read, so that it is logged once; or empty.
  private String unreadReport = "";
  private boolean closing;

  Node(RingLoop loop, BootClock clock, BufferPool pool, DaemonConfig config) {
    this.loop = loop;
    this.pool = pool;
    this.config = config;
    this.story =
        new MirrorStory(
            config.nodeName(),
            config.mirror().name(),
            System::currentTimeMillis,
            LOG::info,
            event -> follower.accept(event));
    this.board = new PairKnowledge(config, clock, System::currentTimeMillis);
    this.targets = new OfferedTargets(loop, pool, config.nodeId(), Release.productRevision());
    this.end = new NodeEnd(loop, () -> mirror().status(), dispatcher, targets, config.handsOver());
    this.peerReading =
        new PeerReading(loop, () -> mirror().status().isFollowed(), () -> primary().position());
    end.answer(dispatcher.handlers(), config.nodeName());
    new MirrorCommands(loop, config.nodeName(), this::mirror)
        .answer(dispatcher.handlers(), end::ifItStays);
  }

  TargetDirectory targets() {
    return new PortalTargets(targets, loop);
  }

  /// How the mirror asks whether the other node serves, without the link.
  PeerInquiry inquiry() {
    return new PeerPortals(
        loop,
        config.nodeId(),
        board::peerPortals,
        () -> {
          MirrorStatus status = mirror().status();
          return new PeerPortals.Wording(
              LuNames.ofNode(status.identity().pairName(), config.nodeId()),
              RoleKey.question(status.identity().pairId(), status.identity().mirrorId()));
        });
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  /// The mirror is open; called before its first event.
  void attach(Mirror newMirror) {
    mirror = newMirror;
    String pair = newMirror.status().identity().pairName();
    var options =
        new EngineOptions(
            "lockstep_" + pair,
            "lockstep-" + pair,
            hostName(),
            dice,
            () -> System.currentTimeMillis() / 1000);
    ServedVolumes work =
        new ServedVolumes(
            new ReplicatedSpace(newMirror.device(), loop, pool, newMirror::controlBytes),
            options,
            targets,
            this::changed);
    primary = work;
    replica =
        new ReplicaReader(
            new ReplicatedSpace(newMirror.replica(), loop, pool, newMirror::controlBytes),
            options,
            targets,
            this::readsReplica,
            this::changed);
    administration =
        new Administration(
            work,
            targets,
            new Administration.Sources(
                loop,
                () ->
                    new LuNames.Giver(mirror().status().identity().pairName(), config.companyId()),
                this::sessions,
                board::export,
                dice));
    administration().answer(dispatcher.handlers(), this::told, peerReading::held);
    targets.discards(newMirror.device().limits().discardZeroes());
    targets.keeper(administration()::keepWriteCache);
    targets.roleAnswers(this::roleAnswer);
    targets.knowledge(this::knowledge);
    replica().readSoon();
    loop.schedule(this::report, REPORT_NANOS);
  }

  /// A Primary whose records are open knows all targets; a Secondary does while each write of the
  /// Primary's arrives here before it is acknowledged.
  private OfferedTargets.Knowledge knowledge() {
    if (primary().isOpen()) {
      return OfferedTargets.Knowledge.ALL;
    }
    boolean follows =
        mirror().role() == Role.SECONDARY
            && mirror().diskState() == DiskState.UP_TO_DATE
            && mirror().connectionState() == ConnectionState.CONNECTED;
    return replica().knowledge(follows);
  }

  private Optional<String> roleAnswer(String question) {
    MirrorStatus status = mirror().status();
    if (!question.equals(
        RoleKey.question(status.identity().pairId(), status.identity().mirrorId()))) {
      return Optional.empty();
    }
    boolean serves = status.role() == Role.PRIMARY;
    return Optional.of(new RoleKey.Told(status.identity().nodeId(), serves, status.term()).text());
  }

  void attach(Portal newPortal) {
    portal = newPortal;
    targets.attach(newPortal::closeSessions);
  }

  /// Who is told of every change from then on, and of every event of the mirror.
  void onChange(Runnable listener, Consumer<EventInfo> newFollower) {
    statusListener = listener;
    follower = newFollower;
  }

  void onStopWanted(Runnable processEnd) {
    end.processEnd(processEnd);
  }

  /// The orderly end has begun: from now on this node is not promoted.
  void ends() {
    end.announced();
  }

  /// The orderly end: hand over or step down, end the sessions, flush the disk.
  void close(Runnable done) {
    end.begin(() -> closeParts(done));
  }

  private void closeParts(Runnable done) {
    closing = true;
    Runnable closeMirror =
        () ->
            mirror()
                .close(
                    undone -> {
                      if (!undone.isEmpty()) {
                        LOG.warn("the mirror did not end in order: {}", undone);
                      }
                      done.run();
                    });
    if (portal == null) {
      closeMirror.run();
    } else {
      portal.close(closeMirror);
    }
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  private Mirror mirror() {
    return Check.present(mirror, "the mirror is open");
  }

  private ServedVolumes primary() {
    return Check.present(primary, "the mirror is open");
  }

  private ReplicaReader replica() {
    return Check.present(replica, "the mirror is open");
  }

  private Administration administration() {
    return Check.present(administration, "the mirror is open");
  }

  // --- what the mirror says ---

  @Override
  public void happened(MirrorEvent event) {
    story.happened(event);
  }

  @Override
  public void decided(Plan plan) {
    if (!plan.rule().equals(lastDecided)) { // Nodes that part for a cause that may pass meet often.
      lastDecided = plan.rule();
      LOG.info("node {} has met the other node: {}", config.nodeName(), plan.rule());
    }
  }

  @Override
  public void statusChanged() {
    if (mirror == null) {
      return;
    }
    MirrorStatus status = mirror.status();
    board.mirrorChanged(status);
    targets.otherNodeActive(status.peerRole().equals(Optional.of(Role.PRIMARY)));
    targets.unavailable(status.splitBrain() && status.role() == Role.SECONDARY);
    String state =
        "%s, disk %s, connection %s%s"
            .formatted(
                status.role().label(),
                status.diskState().label(),
                status.connectionState().label(),
                status.reason().isEmpty() ? "" : " (" + status.reason() + ")");
    if (!state.equals(lastState)) {
      lastState = state;
      replica().readSoon();
      reportNow();
    }
    story.reason(status.reason());
    statusListener.run();
    end.statusChanged();
    peerReading.changed();
  }

  @Override
  public void becamePrimary() {
    primary().open();
  }

  @Override
  public void leavingPrimary(Runnable released) {
    primary()
        .close(
            () -> {
              released.run();
              replica().readSoon();
            });
  }

  @Override
  public void replicaChanged(BlockRange range) {
    if (replica != null) {
      replica.changed(range);
    }
  }

  @Override
  public void controlRequest(byte[] request, Consumer<byte[]> reply) {
    dispatcher.answerPeer(request, reply);
  }

  @Override
  public void peerEnds() {
    end.peerEnds();
  }

  @Override
  public void peerReport(byte[] report) {
    try {
      NodeReport told = NodeReport.decode(report);
      unreadReport = "";
      board.peerReported(told);
      end.peerReported(told);
      peerReading.reported(told);
      NodeReport.@Nullable Holdings holdings = told.primary();
      if (holdings != null) {
        targets.mediaTold(holdings.media());
      }
      statusListener.run();
    } catch (Json.BadJsonException e) {
      if (!unreadReport.equals(e.getMessage())) {
        unreadReport = String.valueOf(e.getMessage());
        LOG.warn("reports of the other node cannot be read", e);
      }
    }
  }

  private boolean readsReplica() {
    MirrorStatus status = mirror().status();
    boolean readable =
        status.diskState() == DiskState.UP_TO_DATE
            || status.diskState() == DiskState.OUTDATED
            || status.diskState() == DiskState.CONSISTENT;
    return !closing && status.role() == Role.SECONDARY && readable;
  }

  // --- what the other node is told ---

  private void report() {
    if (!closing) {
      reportNow();
      loop.schedule(this::report, REPORT_NANOS);
    }
  }

  private void reportNow() {
    mirror().reportNode(board.sketch(parts()).report().encode(FrameLimits.PAYLOAD_BYTES_MAX));
  }

  private void changed() {
    statusListener.run();
    if (!closing) {
      reportNow();
    }
    primary().failure().ifPresent(why -> LOG.error("node {}: {}", config.nodeName(), why));
  }

  private PairKnowledge.Parts parts() {
    return new PairKnowledge.Parts(
        mirror(), primary(), targets, replica(), portal == null ? List.of() : portal.sessions());
  }

  private List<SessionInfo> sessions() {
    return board.sessions(parts());
  }

  // --- what the control API asks ---

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public String nodeName() {
    return config.nodeName();
  }

  @Override
  public boolean isPrimary() {
    return primary().isOpen();
  }

  @Override
  public PairPicture picture() {
    return board.sketch(parts());
  }

  /// The other node hears of a change before whoever asked for it: asked next, it knows it.
  private Consumer<Answer> told(Consumer<Answer> done) {
    return answer -> {
      statusListener.run();
      if (!closing) {
        reportNow();
      }
      done.accept(answer);
    };
  }

  @Override
  public void forward(byte[] request, Consumer<Forwarded> done) {
    Consumer<ControlAnswer> answered =
        answer ->
            done.accept(
                switch (answer) {
                  case ControlAnswer.Answered(byte[] body) -> new Forwarded.Answered(body);
                  case ControlAnswer.Unavailable(String reason) ->
                      new Forwarded.Unavailable(reason);
                });
    loop.execute(() -> mirror().sendControl(request, answered));
  }
}
