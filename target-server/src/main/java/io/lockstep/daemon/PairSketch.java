package io.lockstep.daemon;

import io.lockstep.block.record.RecordPosition;
import io.lockstep.control.PairPicture;
import io.lockstep.control.api.Alert;
import io.lockstep.control.api.ConsoleInfo;
import io.lockstep.control.api.DiskInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.RegionInfo;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.iscsi.portal.SessionView;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.Role;
import io.lockstep.node.BlockPlaces;
import io.lockstep.node.Export;
import io.lockstep.node.NodeReport;
import io.lockstep.node.OpenGroup;
import io.lockstep.node.ToldNode;
import io.lockstep.node.UnitRecord;
import io.lockstep.node.VolumeAlerts;
import io.lockstep.node.VolumeView;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import io.lockstep.volume.embedded.GroupPicture;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What a node knows of the pair at one moment: taken on the mirror's loop, at the cost of a few
/// references, and drawn as the API shows it wherever there is time. Immutable.
final class PairSketch implements PairPicture {
  /// A node that reports every second is silent after so long.
  private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final DaemonConfig config;
  private final Known known;

  /// What is known.
  ///
  /// @param open the group, while this node is Primary and has it open
  /// @param openFailure why it is not open although this node is Primary
  /// @param replica what was read from the local copy
  /// @param sessions those at this node's portal
  /// @param volumesByIqn the volumes behind these sessions
  /// @param heard what the other node said
  record Known(
      MirrorStatus mirror,
      Optional<OpenGroup> open,
      Optional<String> openFailure,
      Replica replica,
      List<SessionView> sessions,
      Map<String, String> volumesByIqn,
      Heard heard,
      Times times) {}

  /// What was read from the local copy.
  ///
  /// @param position up to where the records are known; empty while the copy has changed since
  record Replica(
      List<UnitRecord> units,
      List<Export> exports,
      GroupPicture group,
      Optional<RecordPosition> position) {
    /// What hosts know a volume by.
    VolumeView.Names names(Volume volume) {
      return new VolumeView.Names(
          units.stream()
              .filter(unit -> !unit.deleted() && unit.volumeUuid().equals(volume.uuid()))
              .findFirst(),
          exports.stream()
              .filter(export -> export.unit().volumeUuid().equals(volume.uuid()))
              .findFirst());
    }
  }

  /// What the other node said last.
  ///
  /// @param report null if it never said anything
  /// @param ageNanos how long ago
  record Heard(@Nullable NodeReport report, long ageNanos) {
    boolean isSilent() {
      return ageNanos > SILENT_NANOS;
    }

    /// The sessions at its portal, as far as they are known.
    List<SessionInfo> sessions() {
      return report == null || isSilent() ? List.of() : report.sessions();
    }

    /// What it holds, if it is Primary and can be heard.
    NodeReport.@Nullable Holdings holdings() {
      return report == null || isSilent() ? null : report.primary();
    }
  }

  /// Times for people.
  ///
  /// @param aloneSinceMillis since when there is no link to the other node; null while there is one
  record Times(long startedAtMillis, @Nullable Long aloneSinceMillis, long atMillis) {}

  PairSketch(DaemonConfig config, Known known) {
    this.config = config;
    this.known = known;
  }

  /// What this node tells the other one.
  NodeReport report() {
    NodeReport.@Nullable Holdings holdings =
        known.open.map(open -> holdings(open, sessions())).orElse(null);
    @Nullable RecordPosition read =
        known.open.isPresent() ? null : known.replica.position.orElse(null);
    ToldNode self = ToldNode.of(ownNode(), ownSide());
    return NodeReport.of(self, sessions(), holdings, read);
  }

  @Override
  public PairStatus status() {
    MirrorStatus mirror = known.mirror;
    List<SessionInfo> sessions = new ArrayList<>(sessions());
    sessions.addAll(known.heard.sessions());
    NodeReport.Holdings holdings = bestHoldings(sessions);
    List<NodeStatus> nodes = inOrder(ownNode(), peerNode());
    List<SideStatus> sides = sides();
    List<Alert> alerts = new ArrayList<>(Alerts.ofPair(nodes, sides));
    nodes.forEach(node -> alerts.addAll(node.alerts()));
    alerts.sort(Comparator.comparingInt(PairSketch::rank));
    return new PairStatus(
        new PairStatus.Seen(mirror.identity().pairName(), config.nodeName(), known.times.atMillis),
        nodes,
        List.of(MirrorSides.of(config.mirror().name(), holdings.group(), sides)),
        VolumeView.counted(holdings.volumes(), sessions),
        holdings.exports(),
        sessions,
        alerts,
        config.consoleUrl().map(ConsoleInfo::new).orElse(null));
  }

  /// That of node 0 first.
  private <T> List<T> inOrder(T own, T other) {
    return config.nodeId() == 0 ? List.of(own, other) : List.of(other, own);
  }

  private List<SideStatus> sides() {
    return inOrder(ownSide(), peerSide());
  }

  /// The mirrors, and where their data lies on this node's disk.
  @Override
  public List<MirrorInfo> mirrors() {
    MirrorStatus status = known.mirror;
    String path = config.mirror().disk().toAbsolutePath().toString();
    long start = status.replicatedOffset();
    DiskInfo data = disk(status);
    return List.of(
        new MirrorInfo(
            config.mirror().name(),
            status.identity().pairName(),
            status.identity().pairId().toString(),
            status.identity().mirrorId().toString(),
            status.replicatedBytes(),
            sides(),
            List.of(
                new RegionInfo("metadata", path, 0, start),
                new RegionInfo("control", path, start, status.controlBytes()),
                new RegionInfo("data", path, data.dataOffset(), data.dataBytes())),
            List.of(
                "losetup --find --show --read-only --offset %d --sizelimit %d %s"
                    .formatted(data.dataOffset(), data.dataBytes(), path),
                ("vgchange --activate y --readonly --config"
                        + " 'global/system_id_source=\"lvmlocal\""
                        + " local/system_id=\"lockstep-%s\"' lockstep_%s")
                    .formatted(status.identity().pairName(), status.identity().pairName()))));
  }

  private DiskInfo disk(MirrorStatus mirror) {
    return new DiskInfo(
        config.mirror().disk().toAbsolutePath().toString(),
        mirror.replicatedOffset() + mirror.controlBytes(),
        mirror.replicatedBytes() - mirror.controlBytes());
  }

  private static int rank(Alert alert) {
    return switch (alert.severity()) {
      case Alert.CRITICAL -> 0;
      case Alert.WARNING -> 1;
      default -> 2;
    };
  }

  /// The Primary knows best; without one, the local copy is all there is.
  private NodeReport.Holdings bestHoldings(List<SessionInfo> sessions) {
    if (known.open.isPresent()) {
      return holdings(known.open.get(), sessions);
    }
    NodeReport.@Nullable Holdings told = known.heard.holdings();
    if (told != null) {
      return told;
    }
    List<ExportInfo> exports =
        known.replica.exports.stream()
            .map(export -> VolumeView.export(export, config.advertised(peerIsPrimary())))
            .toList();
    GroupPicture group = known.replica.group;
    List<VolumeInfo> volumes =
        group.volumes().stream()
            .map(
                one ->
                    VolumeView.of(
                        one,
                        group.servings().getOrDefault(one.uuid(), new Serving.ReadWrite()),
                        group.layout(),
                        known.replica.names(one)))
            .toList();
    return new NodeReport.Holdings(null, volumes, exports);
  }

  /// Of an open group; who is logged in is counted.
  private NodeReport.Holdings holdings(OpenGroup open, List<SessionInfo> sessions) {
    List<ExportInfo> exports =
        open.exports().stream()
            .map(this::export)
            .sorted(Comparator.comparing(ExportInfo::volume))
            .toList();
    return new NodeReport.Holdings(
        VolumeView.of(open.status()), VolumeView.counted(open.infos(), sessions), exports);
  }

  private boolean peerIsPrimary() {
    return known.mirror.peerRole().equals(Optional.of(Role.PRIMARY));
  }

  private ExportInfo export(Export export) {
    return VolumeView.export(export, config.advertised(false));
  }

  /// The sessions at this node's portal.
  List<SessionInfo> sessions() {
    return known.sessions.stream()
        .map(
            session ->
                new SessionInfo(
                    config.nodeName(),
                    session.initiatorName(),
                    session.targetIqn(),
                    known.volumesByIqn.getOrDefault(session.targetIqn(), ""),
                    address(session.remoteAddress()),
                    String.format(Locale.ROOT, "%012x", session.isid()),
                    session.tsih(),
                    session.since().toEpochMilli()))
        .toList();
  }

  private static String address(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? new HostPort(NetUtil.toAddressString(inet.getAddress()), inet.getPort()).toString()
        : address.toString();
  }

  // --- the two nodes ---

  private NodeStatus ownNode() {
    return new NodeStatus(
        config.nodeName(),
        config.nodeId(),
        NodeStatus.RUNNING,
        0L,
        new NodeStatus.Running(
            ProcessHandle.current().pid(),
            Release.NAME,
            known.times.startedAtMillis,
            config.controlSocket().toAbsolutePath().toString()),
        List.of(config.portal().advertised().toString()),
        alerts(unreadable()));
  }

  private SideStatus ownSide() {
    MirrorStatus mirror = known.mirror;
    return new SideStatus(
        config.nodeName(),
        mirror.role().label(),
        new SideStatus.Copy(
            mirror.diskState().label(),
            List.of(disk(mirror)),
            unreadable().orElse(null),
            mirror.blocksReadFromPeer()),
        new SideStatus.Link(
            mirror.connectionState().label(), mirror.reason(), known.times.aloneSinceMillis),
        new SideStatus.Difference(
            mirror.outOfSyncBytes(),
            mirror.difference().resync().map(PairSketch::resync).orElse(null),
            mirror.difference().lastResyncBytesSent()),
        new SideStatus.History(
            mirror.term(), String.format(Locale.ROOT, "%016x", mirror.currentGeneration())));
  }

  private List<Alert> alerts(Optional<UnreadableInfo> unreadable) {
    MirrorStatus mirror = known.mirror;
    List<Alert> alerts = new ArrayList<>(Alerts.ofNode(mirror, known.openFailure, unreadable));
    Alerts.diskTests(mirror.nodeName(), DiskTests.on(config.test())).ifPresent(alerts::add);
    known.open.ifPresent(
        open ->
            alerts.addAll(
                VolumeAlerts.of(mirror.nodeName(), VolumeView.of(open.status()), open.infos())));
    return alerts;
  }

  private Optional<UnreadableInfo> unreadable() {
    MirrorStatus.Unreadable unreadable = known.mirror.unreadable();
    if (unreadable.blocks() == 0 && unreadable.acceptedBlocks() == 0) {
      return Optional.empty();
    }
    long control = known.mirror.controlBytes();
    BlockPlaces places =
        known.open.isPresent()
            ? new BlockPlaces(
                known.open.get().volumes(), known.open.get().status().layout(), control)
            : new BlockPlaces(known.replica.group.volumes(), known.replica.group.layout(), control);
    long start = known.mirror.replicatedOffset();
    return Optional.of(
        new UnreadableInfo(
            unreadable.blocks(),
            unreadable.acceptedBlocks(),
            unreadable.firstOffsets().stream().map(offset -> places.at(offset, start)).toList()));
  }

  private static ResyncInfo resync(MirrorStatus.Resync resync) {
    return new ResyncInfo(
        resync.source() ? "source" : "target",
        resync.totalBytes(),
        resync.doneBytes(),
        resync.sentBytes(),
        resync.bytesPerSecond(),
        resync.secondsLeft());
  }

  /// The other node: its own word while it is fresh; else what the mirror knows, with the parts of
  /// the last report that do not change.
  private NodeStatus peerNode() {
    @Nullable NodeReport report = known.heard.report;
    if (report == null) {
      return new NodeStatus(
          config.peer().name(),
          1 - config.nodeId(),
          NodeStatus.UNKNOWN,
          null,
          new NodeStatus.Running(null, null, null, null),
          List.of(config.peer().portal().toString()),
          List.of());
    }
    boolean fresh = isFresh();
    NodeStatus last = report.node().node();
    return new NodeStatus(
        last.name(),
        1 - config.nodeId(),
        fresh ? NodeStatus.RUNNING : NodeStatus.SILENT,
        TimeUnit.NANOSECONDS.toMillis(known.heard.ageNanos),
        fresh ? last.daemon() : last.daemon().unheard(),
        last.portals(),
        fresh ? last.alerts() : List.of());
  }

  private SideStatus peerSide() {
    MirrorStatus mirror = known.mirror;
    @Nullable NodeReport report = known.heard.report;
    String role = mirror.peerRole().map(Role::label).orElse(SideStatus.UNKNOWN);
    String diskState = mirror.peerDiskState().label();
    if (report == null) {
      return new SideStatus(
          config.peer().name(),
          role,
          new SideStatus.Copy(diskState, List.of(), null, 0),
          new SideStatus.Link(SideStatus.UNKNOWN, "", null),
          new SideStatus.Difference(mirror.outOfSyncBytes(), null, 0),
          new SideStatus.History(mirror.term(), "0000000000000000"));
    }
    SideStatus last = report.node().side();
    boolean fresh = isFresh();
    SideStatus.Copy copy = last.copy();
    SideStatus.Link link = last.link();
    return new SideStatus(
        last.node(),
        fresh ? last.role() : role,
        new SideStatus.Copy(
            fresh ? copy.diskState() : diskState,
            copy.disks(),
            copy.unreadable(),
            copy.readFromPeerBlocks()),
        fresh
            ? new SideStatus.Link(link.connectionState(), link.reason(), null)
            : new SideStatus.Link(SideStatus.UNKNOWN, "", null),
        new SideStatus.Difference(
            last.outOfSyncBytes(),
            fresh ? last.resync() : null,
            last.difference().lastResyncBytesSent()),
        last.history());
  }

  private boolean isFresh() {
    return isLinked(known.mirror) && !known.heard.isSilent();
  }

  /// Whether reports can arrive at all: without the link the last one is history at once.
  static boolean isLinked(MirrorStatus mirror) {
    return switch (mirror.connectionState()) {
      case STAND_ALONE, UNCONNECTED, CONNECTING -> false;
      case CONNECTED,
          WF_BITMAP_S,
          WF_BITMAP_T,
          SYNC_SOURCE,
          SYNC_TARGET,
          PAUSED_SYNC_S,
          PAUSED_SYNC_T,
          VERIFY_S,
          VERIFY_T,
          AHEAD,
          BEHIND ->
          true;
    };
  }
}
