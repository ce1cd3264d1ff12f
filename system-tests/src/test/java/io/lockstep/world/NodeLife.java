package io.lockstep.world;

import io.lockstep.block.BlockRange;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Plan;
import io.lockstep.node.Export;
import io.lockstep.node.JobLimits;
import io.lockstep.node.NodeReport;
import io.lockstep.node.OfferedTargets;
import io.lockstep.node.OpenGroup;
import io.lockstep.node.ServedRole;
import io.lockstep.node.TargetPicture;
import io.lockstep.node.ToldNode;
import io.lockstep.node.VolumeView;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.sim.SimNode;
import io.lockstep.volume.embedded.EmbeddedEngines;
import io.lockstep.volume.embedded.EngineOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What runs of a node between its start and its death, joined as the daemon joins it: the mirror,
/// what is served of it in its role, and the host's sessions.
final class NodeLife implements MirrorListener, ServedRole.Owner {
  static final String HOST = "iqn.1993-08.org.debian:01:host";
  private static final long REPORT_NANOS = 1_000_000_000L;

  /// As long as the daemon believes what it was told.
  private static final long SILENT_NANOS = 5_000_000_000L;

  private static final int REPORT_BYTES_MAX = 1 << 20;

  /// One extent at once, and one in each step.
  private static final JobLimits JOBS =
      new JobLimits(4 << 20, 4 << 20, 4 << 20, 4 << 20, 500_000_000L, 300_000_000L);

  private final NodeWorld world;
  private final int id;
  private final SimNode loop;
  private final Mirror mirror;
  private final WatchedDevice device;
  private final OfferedTargets targets;
  private final ServedRole role;
  private final Handlers handlers = new Handlers();

  /// The host's sessions, by the target's IQN.
  private final Map<String, Session> sessions = new TreeMap<>();

  private final HostModes modes;

  /// Those at the other node, as it told them last.
  private List<SessionInfo> sessionsThere = List.of();

  private long toldNanos;

  /// Counts changes of role: what belongs to an earlier one has no effect.
  private long roleCount;

  private boolean wasOpen;

  /// A session of the host with a target.
  static final class Session {
    private final ScsiTarget target;
    private boolean left;

    private Session(ScsiTarget target) {
      this.target = target;
    }

    /// Whether the host has logged out by itself.
    boolean isLeft() {
      return left;
    }
  }

  NodeLife(NodeWorld world, int id, SimNode loop, Mirror mirror) {
    this.world = world;
    this.id = id;
    this.loop = loop;
    this.mirror = mirror;
    device = new WatchedDevice(mirror.device());
    var dice = new Random(world.random().nextLong());
    String pair = mirror.status().identity().pairName();
    var engines =
        new EmbeddedEngines(
            new EngineOptions("lockstep_" + pair, "lockstep-" + pair, "sim", dice, () -> 0));
    role =
        new ServedRole(
            new ServedRole.Ground(mirror, device, loop, world.pool()),
            new ServedRole.Server(id, "0.1", "024c53", engines, JOBS, dice),
            this);
    targets = role.targets();
    targets.attach(this::endSessions);
    role.answer(handlers, this::told);
    modes = new HostModes(world, this);
  }

  void start() {
    mirror.start(this);
    role.start();
    loop.schedule(this::report, REPORT_NANOS);
  }

  Mirror mirror() {
    return mirror;
  }

  Handlers handlers() {
    return handlers;
  }

  OfferedTargets targets() {
    return targets;
  }

  /// Whether the volumes are open.
  boolean isOpen() {
    return role.volumes().isOpen();
  }

  /// Why they are not, although this node is Primary; or empty.
  Optional<String> failure() {
    return role.volumes().failure();
  }

  OpenGroup group() {
    return OpenGroup.of(role.volumes());
  }

  /// Whether a Secondary has read all that a Primary has stored.
  boolean hasRead(NodeLife primary) {
    return role.replica().position().isPresent()
        && role.replica().position().equals(primary.role.volumes().position());
  }

  // --- the host's sessions ---

  /// The host's session with a target; a new one if it has none. Empty if no log-in is taken.
  Optional<ScsiTarget> logIn(String iqn) {
    @Nullable Session known = sessions.get(iqn);
    if (known != null) {
      return Optional.of(known.target);
    }
    TargetPicture.Found found = targets.find(HOST, iqn);
    world.met().one("log-in", found.getClass().getSimpleName());
    if (!(found instanceof TargetPicture.Found.Serves serves)) {
      return Optional.empty();
    }
    serves.target().nexusOpened(nexus());
    sessions.put(iqn, new Session(serves.target()));
    tell();
    return Optional.of(serves.target());
  }

  /// The host logs out, if it is logged in.
  void logOut(String iqn) {
    @Nullable Session left = sessions.remove(iqn);
    if (left != null) {
      left.left = true;
      left.target.nexusLost(nexus(), () -> {});
      tell();
    }
  }

  /// The host's session with the target of a volume; null if there is none.
  @Nullable Session sessionWith(String volume) {
    return targets.exports().stream()
        .filter(export -> export.volume().equals(volume))
        .findFirst()
        .map(export -> sessions.get(export.iqn()))
        .orElse(null);
  }

  /// What the host asks of the mode pages.
  HostModes modes() {
    return modes;
  }

  Nexus nexus() {
    return new Nexus(HOST, 1, id + 1);
  }

  private void endSessions(String iqn, Predicate<String> ending, String reason, Runnable gone) {
    boolean ends = ending.test(nexus().initiatorName());
    @Nullable Session ended = ends ? sessions.remove(iqn) : null;
    if (ended == null) {
      loop.execute(gone);
    } else {
      ended.target.nexusLost(nexus(), gone);
    }
  }

  // --- what the mirror says ---

  @Override
  public void statusChanged() {
    MirrorStatus status = mirror.status();
    role.statusChanged(status);
  }

  @Override
  public void happened(MirrorEvent event) {
    world.met().event(event);
    world.event(id, event.change() + " (" + event.why() + ")");
    tell();
  }

  @Override
  public void decided(Plan plan) {}

  @Override
  public void becamePrimary() {
    roleCount++;
    device.begins();
    role.becamePrimary();
  }

  @Override
  public void leavingPrimary(Runnable released) {
    long count = ++roleCount;
    role.leavingPrimary(
        () -> {
          if (roleCount == count) {
            device.ends();
          }
          released.run();
        });
  }

  @Override
  public void replicaChanged(BlockRange range) {
    role.replicaChanged(range);
  }

  @Override
  public void peerEnds() {}

  @Override
  public void waitForgotten(String what) {
    throw new AssertionError("a wait was forgotten: " + what);
  }

  // --- what is served ---

  @Override
  public List<SessionInfo> sessions() {
    boolean silent = world.nowNanos() - toldNanos > SILENT_NANOS;
    return silent
        ? sessionsHere()
        : Stream.concat(sessionsHere().stream(), sessionsThere.stream()).toList();
  }

  private List<SessionInfo> sessionsHere() {
    return sessions.keySet().stream()
        .map(
            iqn ->
                new SessionInfo(
                    name(), HOST, iqn, targets.volumes(iqn), "host:1", "00023d000001", 1, 0))
        .toList();
  }

  String name() {
    return "node" + id;
  }

  @Override
  public ExportInfo shown(Export export) {
    return VolumeView.export(export, List.of());
  }

  @Override
  public void changed() {
    boolean isOpen = isOpen();
    if (isOpen && !wasOpen) {
      world.opened(id);
    }
    wasOpen = isOpen;
    role.volumes().failure().ifPresent(why -> world.event(id, why));
    tell();
  }

  private Consumer<Answer> told(Consumer<Answer> done) {
    return answer -> {
      tell();
      done.accept(answer);
    };
  }

  private void report() {
    tell();
    loop.schedule(this::report, REPORT_NANOS);
  }

  /// Tells the other node what the daemon tells it.
  private void tell() {
    NodeReport.@Nullable Holdings holdings = isOpen() ? holdings() : null;
    var position = isOpen() ? null : role.replica().position().orElse(null);
    NodeReport report = NodeReport.of(self(), sessionsHere(), holdings, position, "main");
    world.tell(id, report.encode(REPORT_BYTES_MAX));
  }

  private NodeReport.Holdings holdings() {
    OpenGroup open = group();
    return new NodeReport.Holdings(
        open.info(),
        open.infos(),
        open.exports().stream().map(one -> VolumeView.export(one, List.of())).toList(),
        open.jobs());
  }

  private ToldNode self() {
    return ToldNode.of(
        new NodeStatus(
            name(),
            id,
            NodeStatus.RUNNING,
            0L,
            new NodeStatus.Running(1L, "0.1", 0L, null),
            List.of("127.0.0.1:" + (3260 + id)),
            List.of()),
        new SideStatus(
            name(),
            mirror.role().label(),
            new SideStatus.Copy(mirror.diskState().label(), List.of(), null, 0),
            new SideStatus.Link(mirror.connectionState().label(), "", null),
            new SideStatus.Difference(0L, null, 0),
            new SideStatus.History(mirror.term(), "0000000000000000")));
  }

  /// The other node has told about itself.
  void heard(byte[] report) {
    try {
      NodeReport told = NodeReport.decode(report);
      sessionsThere = told.sessions();
      toldNanos = world.nowNanos();
      role.peerReported(told);
    } catch (Json.BadJsonException e) {
      throw new AssertionError("N0: a report of the other node cannot be read", e);
    }
  }

  @Override
  public String toString() {
    return "%s %s %s %s%s%s"
        .formatted(
            mirror.role(),
            mirror.diskState(),
            mirror.connectionState(),
            mirror.status().reason(),
            isOpen() ? " open" : "",
            failure().map(why -> " (" + why + ")").orElse(""));
  }
}
