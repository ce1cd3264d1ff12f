package io.lockstep.daemon;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BootClock;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.MirrorControl;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.ExportInfo;
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
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.state.Role;
import io.lockstep.node.AlertBook;
import io.lockstep.node.Export;
import io.lockstep.node.JobLimits;
import io.lockstep.node.MirrorCommands;
import io.lockstep.node.NodeReport;
import io.lockstep.node.ServedRole;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One mirror of a node at work: joins the mirror, what it stands on and what is served of it
/// ([ServedRole]) with the portal, the log and the node around them. Belongs to the mirror's loop,
/// but [#open] and [#end], which wait for it.
final class ServedMirror implements MirrorListener, MirrorControl, ServedRole.Owner {
  private static final Logger LOG = LoggerFactory.getLogger(ServedMirror.class);
  private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final DaemonConfig config;
  private final DaemonConfig.MirrorPart part;
  private final Owner owner;
  private final MirrorGround ground;
  private final Mirror mirror;
  private final SpaceWatch space;
  private final MirrorStatus.Identity identity;
  private final ServedRole role;
  private final PublishedTargets published;
  private final MirrorKnowledge board;

  /// What the other node asks at this node's portal.
  private final String roleQuestion;

  private final Handlers handlers = new Handlers();
  private final MirrorStory story;
  private final ResyncStory resyncs;
  private final StandingAlerts alerts;
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

    /// The mirrors that the other node is configured with; empty while that is not known.
    List<String> peerMirrors();

    /// Where the other node's portals are said to be.
    Set<HostPort> peerPortals();

    /// Asks the other node over the control connection whether it serves.
    ///
    /// @param done runs at most once, on the node's loop
    void askPeer(NodeIdentity mirror, Consumer<PeerInquiry.Answer> done);

    /// Why the node's audit trail cannot be written, if it cannot.
    Optional<String> auditFailure();

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
    Mirror mirror = ground.attach(config, part, clock, inquiry);
    var opened = new CompletableFuture<ServedMirror>();
    loop.execute(() -> opened.complete(new ServedMirror(config, part, owner, ground, mirror)));
    return opened.join();
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
    identity = mirror.status().identity();
    story =
        new MirrorStory(
            config.nodeName(), part.name(), System::currentTimeMillis, LOG::info, owner::happened);
    resyncs = new ResyncStory(config.nodeName(), System::nanoTime, LOG::info);
    roleQuestion = RoleKey.question(identity.pairId(), identity.mirrorId());
    space = SpaceWatch.of(part.name(), part.disk());
    alerts =
        new StandingAlerts(
            config,
            part,
            mirror.status().diskState(),
            new StandingAlerts.Watched(space::latest, owner::auditFailure, owner::peerMirrors),
            new AlertBook(part.name(), StandingAlerts::wallTime, story::alert));
    board =
        new MirrorKnowledge(
            config, part, () -> owner.heard(part.name()), System::currentTimeMillis, alerts);
    RingLoop loop = ground.loop();
    role =
        new ServedRole(
            new ServedRole.Ground(mirror, mirror.device(), loop, ground.pool()),
            server(config, identity.pairName()),
            this);
    published = new PublishedTargets(loop);
    role.targets().publishTo(published::targets);
    role.answer(handlers, this::told);
    new MirrorCommands(loop, config.nodeName(), mirror)
        .answer(handlers, (_, promote, refused) -> owner.ifItStays(loop, promote, refused));
  }

  private static ServedRole.Server server(DaemonConfig config, String pair) {
    var dice = new SecureRandom();
    return new ServedRole.Server(
        config.nodeId(),
        Release.productRevision(),
        config.companyId(),
        EngineChoice.of(pair, dice),
        JobLimits.USUAL,
        dice);
  }

  /// The portal at which its targets are offered.
  void attach(Portal portal) {
    role.targets()
        .attach(
            (iqn, ending, reason, gone) ->
                portal.closeSessions(iqn, ending, reason, () -> loop().execute(gone)));
  }

  /// Looks for the other node.
  void start() {
    publishRole();
    mirror.start(this);
    role.start();
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

  /// Hosts are told whether the other node is taking over.
  void handingOver(boolean now) {
    role.targets().handingOver(now);
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
    return new MirrorKnowledge.Parts(mirror, role, owner.sessions());
  }

  @Override
  public List<SessionInfo> sessions() {
    return board.sessions(parts());
  }

  @Override
  public ExportInfo shown(Export export) {
    return board.export(export);
  }

  /// What the portal says of this node's role.
  private void publishRole() {
    boolean isPrimary = mirror.role() == Role.PRIMARY;
    published.role(
        roleQuestion, new RoleKey.Told(config.nodeId(), isPrimary, mirror.term()).text());
  }

  /// For each write of the Primary's too, so it is cheap.
  private void publishKnowledge() {
    published.known(role.knowledge());
  }

  // --- its end ---

  /// The sessions with its targets have ended: steps down, and closes the disk.
  void close(Runnable done) {
    closing = true;
    role.closing();
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
    space.close();
    ground.close();
  }

  // --- what the mirror says ---

  @Override
  public void happened(MirrorEvent event) {
    story.happened(event);
    alerts.happened(event);
    publishRole();
    publishKnowledge();
  }

  @Override
  public void waitForgotten(String what) {
    LOG.error(
        "node {}, mirror {}: a bug in Lockstep, please report it: what was waited for had ended,"
            + " and nobody said so ({}). It goes on now; nothing is lost but time.",
        config.nodeName(),
        name(),
        what);
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
    if (role.statusChanged(status)) {
      reportNow();
    }
    story.reason(status.reason());
    resyncs.seen(status.difference());
    publishRole();
    publishKnowledge();
    owner.changed();
    owner.statusChanged(name(), status);
  }

  @Override
  public void becamePrimary() {
    role.becamePrimary();
  }

  @Override
  public void leavingPrimary(Runnable released) {
    role.leavingPrimary(released);
    serves = role.volumes().isOpen();
    publishKnowledge();
  }

  @Override
  public void replicaChanged(BlockRange range) {
    role.replicaChanged(range);
    publishKnowledge();
  }

  @Override
  public void peerEnds() {
    owner.peerEnds();
  }

  // --- the other node ---

  /// The other node has told about itself and this mirror.
  void peerReported(NodeReport told) {
    role.peerReported(told);
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

  @Override
  public void changed() {
    serves = role.volumes().isOpen();
    publishKnowledge();
    owner.changed();
    reportNow();
    role.volumes().failure().ifPresent(why -> LOG.error("node {}: {}", config.nodeName(), why));
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
