package io.lockstep.daemon;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BootClock;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.MirrorControl;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import io.lockstep.iscsi.login.RoleKey;
import io.lockstep.iscsi.portal.Portal;
import io.lockstep.iscsi.portal.SessionView;
import io.lockstep.iscsi.portal.TargetDirectory;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.state.Role;
import io.lockstep.node.Administration;
import io.lockstep.node.LuNames;
import io.lockstep.node.MirrorCommands;
import io.lockstep.node.NodeReport;
import io.lockstep.node.OfferedTargets;
import io.lockstep.node.PeerReading;
import io.lockstep.node.ReplicaReader;
import io.lockstep.node.ReplicatedSpace;
import io.lockstep.node.ServedVolumes;
import io.lockstep.node.TargetPicture;
import io.lockstep.volume.embedded.EngineOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One mirror of a node and what is served of it: records, volumes and targets follow the role that
/// the mirror says. Belongs to the mirror's loop, but [#open] and [#end], which wait for it.
///
/// - **Primary**: records and volumes are open on the mirror's device, the targets serve them.
/// - **Secondary**: the targets stand by; which ones there are is read from the local copy.
final class ServedMirror implements MirrorListener, MirrorControl {
  private static final Logger LOG = LoggerFactory.getLogger(ServedMirror.class);
  private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final DaemonConfig config;
  private final DaemonConfig.MirrorPart part;
  private final Owner owner;
  private final MirrorGround ground;
  private final Mirror mirror;
  private final MirrorStatus.Identity identity;
  private final OfferedTargets targets;
  private final PublishedTargets published;
  private final ServedVolumes primary;
  private final ReplicaReader replica;
  private final Administration administration;
  private final PeerReading peerReading;
  private final MirrorKnowledge board;

  /// What the other node asks at this node's portal.
  private final String roleQuestion;

  private final Handlers handlers = new Handlers();
  private final MirrorStory story;
  private String lastState = "";
  private String lastDecided = "";

  private boolean closing;

  /// What [#isPrimary] tells any thread.
  private volatile boolean serves;

  /// The node around it. All of it is called on the mirror's loop, and returns quickly; what a
  /// mirror tells says which one it is.
  interface Owner {
    /// The sessions at this node's portal, of all its targets.
    List<SessionView> sessions();

    /// What the other node said last of a mirror.
    MirrorSketch.Heard heard(String mirror);

    /// Where the other node's portals are said to be.
    Set<HostPort> peerPortals();

    /// Asks the other node over the control connection whether it serves.
    ///
    /// @param done runs at most once, on the node's loop
    void askPeer(Superblock.Identity mirror, Consumer<PeerInquiry.Answer> done);

    /// What people are shown has changed.
    void changed();

    /// A mirror has changed.
    void happened(EventInfo event);

    /// The mirror's state may have changed.
    void statusChanged(String mirror, MirrorStatus status);

    /// The other node is to be told how things stand here.
    void tells(String mirror, MirrorSketch sketch);

    /// The other node leaves in order.
    void peerEnds();

    /// Whether this node may be promoted; see [NodeEnd#ifItStays]. Both run on the mirror's loop.
    void ifItStays(RingLoop loop, Runnable promote, Consumer<Answer> refused);
  }

  /// Opens what a mirror needs, in order. It does nothing yet, and its targets are known to nobody.
  /// What cannot be opened is a sentence, and what was opened before it is closed again.
  static ServedMirror open(
      DaemonConfig config, DaemonConfig.MirrorPart part, BootClock clock, Owner owner)
      throws StartException {
    MirrorGround ground = MirrorGround.open(config, part);
    RingLoop loop = ground.loop();
    var portals = new PeerPortals(loop, config.nodeId(), owner::peerPortals);
    PeerInquiry inquiry = new PeerQuestion(loop, owner::askPeer, portals)::ask;
    var opened = new CompletableFuture<ServedMirror>();
    try {
      Mirror mirror = ground.attach(config, part, clock, inquiry);
      loop.execute(() -> opened.complete(new ServedMirror(config, part, owner, ground, mirror)));
    } catch (StartException e) {
      closeUnused(ground);
      throw e;
    }
    ServedMirror served = opened.join();
    try {
      served.checkNodeId(part);
      return served;
    } catch (StartException e) {
      var closed = new CompletableFuture<Boolean>();
      loop.execute(() -> served.close(() -> closed.complete(true)));
      closed.join();
      served.end();
      throw e;
    }
  }

  private static void closeUnused(MirrorGround ground) {
    var closed = new CompletableFuture<Boolean>();
    ground.loop().execute(() -> ground.closeDisk(() -> closed.complete(true)));
    closed.join();
    ground.close();
  }

  private void checkNodeId(DaemonConfig.MirrorPart part) throws StartException {
    var found = new CompletableFuture<Integer>();
    loop().execute(() -> found.complete(mirror.status().identity().nodeId()));
    if (found.join() != config.nodeId()) {
      throw new StartException(
          "The disk %s is that of node id %d of its pair, and node.id is %d; use the other node's"
                  .formatted(part.disk(), found.join(), config.nodeId())
              + " disk here, or correct node.id.");
    }
  }

  private ServedMirror(
      DaemonConfig config,
      DaemonConfig.MirrorPart part,
      Owner owner,
      MirrorGround ground,
      Mirror mirror) {
    this.config = config;
    this.part = part;
    this.owner = owner;
    this.ground = ground;
    this.mirror = mirror;
    RingLoop loop = ground.loop();
    var dice = new SecureRandom();
    story =
        new MirrorStory(
            config.nodeName(), part.name(), System::currentTimeMillis, LOG::info, owner::happened);
    identity = mirror.status().identity();
    roleQuestion = RoleKey.question(identity.pairId(), identity.mirrorId());
    String pair = identity.pairName();
    EngineOptions options = engineOptions(pair, dice);
    board =
        new MirrorKnowledge(
            config, part, () -> owner.heard(part.name()), System::currentTimeMillis);
    targets = new OfferedTargets(loop, ground.pool(), config.nodeId(), Release.productRevision());
    published = new PublishedTargets(loop);
    targets.publishTo(published::targets);
    primary =
        new ServedVolumes(
            new ReplicatedSpace(mirror.device(), loop, ground.pool(), mirror::controlBytes),
            options,
            targets,
            this::changed);
    replica =
        new ReplicaReader(
            new ReplicatedSpace(mirror.replica(), loop, ground.pool(), mirror::controlBytes),
            options,
            targets,
            this::readsReplica,
            this::changed);
    administration =
        new Administration(
            primary,
            targets,
            new Administration.Sources(
                loop,
                () -> new LuNames.Giver(pair, config.companyId()),
                this::sessions,
                board::export,
                dice));
    peerReading = new PeerReading(loop, () -> mirror.status().isFollowed(), primary::position);
    targets.discards(mirror.device().limits().discardZeroes());
    targets.keeper(administration::keepWriteCache);
    administration.answer(handlers, this::told, peerReading::held);
    new MirrorCommands(loop, config.nodeName(), mirror)
        .answer(handlers, (_, promote, refused) -> owner.ifItStays(loop, promote, refused));
  }

  private static EngineOptions engineOptions(String pair, RandomGenerator dice) {
    return new EngineOptions(
        "lockstep_" + pair,
        "lockstep-" + pair,
        hostName(),
        dice,
        () -> System.currentTimeMillis() / 1000);
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  /// The portal at which its targets are offered.
  void attach(Portal portal) {
    targets.attach(
        (iqn, reason, gone) -> portal.closeSessions(iqn, reason, () -> loop().execute(gone)));
  }

  /// Looks for the other node.
  void start() {
    publishRole();
    mirror.start(this);
    replica.readSoon();
    loop().schedule(this::report, REPORT_NANOS);
  }

  @Override
  public RingLoop loop() {
    return ground.loop();
  }

  @Override
  public String name() {
    return part.name();
  }

  @Override
  public Handlers handlers() {
    return handlers;
  }

  /// Which mirror it is, and of which pair. Callable from any thread.
  MirrorStatus.Identity identity() {
    return identity;
  }

  Mirror mirror() {
    return mirror;
  }

  OfferedTargets targets() {
    return targets;
  }

  /// Its targets as the portal asks for them.
  TargetDirectory directory() {
    return published;
  }

  @Override
  public boolean isPrimary() {
    return serves;
  }

  /// What is known now.
  MirrorSketch sketch() {
    return board.sketch(parts());
  }

  private MirrorKnowledge.Parts parts() {
    return new MirrorKnowledge.Parts(mirror, primary, targets, replica, owner.sessions());
  }

  private List<SessionInfo> sessions() {
    return board.sessions(parts());
  }

  /// A Primary whose records are open knows all targets; a Secondary does while each write of the
  /// Primary's arrives here before it is acknowledged.
  private TargetPicture.Knowledge knowledge() {
    if (primary.isOpen()) {
      return TargetPicture.Knowledge.ALL;
    }
    boolean follows =
        mirror.role() == Role.SECONDARY
            && mirror.diskState() == DiskState.UP_TO_DATE
            && mirror.connectionState() == ConnectionState.CONNECTED;
    return replica.knowledge(follows);
  }

  /// What the portal says of this node's role.
  private void publishRole() {
    boolean isPrimary = mirror.role() == Role.PRIMARY;
    published.role(
        roleQuestion, new RoleKey.Told(config.nodeId(), isPrimary, mirror.term()).text());
  }

  /// For each write of the Primary's too, so it is cheap.
  private void publishKnowledge() {
    published.known(knowledge());
  }

  private boolean readsReplica() {
    MirrorStatus status = mirror.status();
    boolean readable =
        status.diskState() == DiskState.UP_TO_DATE
            || status.diskState() == DiskState.OUTDATED
            || status.diskState() == DiskState.CONSISTENT;
    return !closing && status.role() == Role.SECONDARY && readable;
  }

  // --- its end ---

  /// The sessions with its targets have ended: steps down, and closes the disk.
  void close(Runnable done) {
    closing = true;
    mirror.close(
        undone -> {
          if (!undone.isEmpty()) {
            LOG.warn("the mirror did not end in order: {}", undone);
          }
          ground.closeDisk(done);
        });
  }

  /// Closes what is left after [#close].
  void end() {
    ground.close();
  }

  // --- what the mirror says ---

  @Override
  public void happened(MirrorEvent event) {
    story.happened(event);
    publishRole();
    publishKnowledge();
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
      replica.readSoon();
      reportNow();
    }
    story.reason(status.reason());
    publishRole();
    publishKnowledge();
    owner.changed();
    owner.statusChanged(name(), status);
    peerReading.changed();
  }

  @Override
  public void becamePrimary() {
    primary.open();
  }

  @Override
  public void leavingPrimary(Runnable released) {
    primary.close(
        () -> {
          released.run();
          replica.readSoon();
        });
    serves = primary.isOpen();
    publishKnowledge();
  }

  @Override
  public void replicaChanged(BlockRange range) {
    replica.changed(range);
    publishKnowledge();
  }

  @Override
  public void peerEnds() {
    owner.peerEnds();
  }

  // --- the other node ---

  /// The other node has told about itself and this mirror.
  void peerReported(NodeReport told) {
    peerReading.reported(told);
    NodeReport.@Nullable Holdings holdings = told.primary();
    if (holdings != null) {
      targets.mediaTold(holdings.media());
    }
  }

  private void report() {
    if (!closing) {
      publishKnowledge();
      reportNow();
      loop().schedule(this::report, REPORT_NANOS);
    }
  }

  /// Tells the other node how things stand here.
  void reportNow() {
    if (!closing) {
      owner.tells(name(), sketch());
    }
  }

  private void changed() {
    serves = primary.isOpen();
    publishKnowledge();
    owner.changed();
    reportNow();
    primary.failure().ifPresent(why -> LOG.error("node {}: {}", config.nodeName(), why));
  }

  /// The other node hears of a change before whoever asked for it: asked next, it knows it.
  private Consumer<Answer> told(Consumer<Answer> done) {
    return answer -> {
      owner.changed();
      reportNow();
      done.accept(answer);
    };
  }
}
