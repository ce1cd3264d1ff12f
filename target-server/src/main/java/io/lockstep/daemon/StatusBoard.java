package io.lockstep.daemon;

import io.lockstep.block.record.RecordPosition;
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
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.state.Role;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import io.lockstep.volume.embedded.GroupPicture;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Puts together what this node knows of itself and what the other one last said: the pair's
/// status. Belongs to the mirror's loop.
final class StatusBoard {
  /// A node that reports every second is silent after so long.
  private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final DaemonConfig config;
  private final LongSupplier nowNanos;
  private final LongSupplier wallMillis;
  private final long startedAtMillis;
  private @Nullable NodeReport peerReport;
  private long peerReportNanos;
  private @Nullable Long aloneSinceMillis;

  /// @param nowNanos the loop's clock, for ages
  /// @param wallMillis time for people
  StatusBoard(DaemonConfig config, LongSupplier nowNanos, LongSupplier wallMillis) {
    this.config = config;
    this.nowNanos = nowNanos;
    this.wallMillis = wallMillis;
    this.startedAtMillis = wallMillis.getAsLong();
    this.aloneSinceMillis = startedAtMillis;
  }

  /// What a node is made of, as far as its status is concerned.
  ///
  /// @param sessions the sessions at this node's portal
  record Parts(
      Mirror mirror,
      PrimaryWork primary,
      TargetBoard targets,
      ReplicaReader replica,
      List<SessionView> sessions) {}

  /// The other node has told about itself.
  void peerReported(NodeReport report) {
    peerReport = report;
    peerReportNanos = nowNanos.getAsLong();
  }

  /// The mirror's status may have changed.
  void mirrorChanged(MirrorStatus mirror) {
    if (isLinked(mirror)) {
      aloneSinceMillis = null;
    } else if (aloneSinceMillis == null) {
      aloneSinceMillis = wallMillis.getAsLong();
    }
  }

  /// Where the other node's portal is said to be: by this node's configuration, and by itself.
  Set<HostPort> peerPortals() {
    Set<HostPort> portals = new LinkedHashSet<>(Set.of(config.peer().portal()));
    if (peerReport != null) {
      HostPort.parse(peerReport.node().portal()).ifPresent(portals::add);
    }
    return portals;
  }

  /// The sessions at the other node's portal, as far as they are known.
  List<SessionInfo> peerSessions() {
    return peerReport == null || isSilent() ? List.of() : peerReport.sessions();
  }

  private boolean isSilent() {
    return nowNanos.getAsLong() - peerReportNanos > SILENT_NANOS;
  }

  /// What this node tells the other one.
  NodeReport report(Parts parts) {
    NodeReport.@Nullable Holdings holdings =
        parts.primary.isOpen() ? holdings(parts, sessions(parts)) : null;
    @Nullable RecordPosition read =
        parts.primary.isOpen() ? null : parts.replica.position().orElse(null);
    ToldNode self = ToldNode.of(ownNode(parts), ownSide(parts));
    return NodeReport.of(self, sessions(parts), holdings, read);
  }

  PairStatus status(Parts parts) {
    MirrorStatus mirror = parts.mirror.status();
    List<SessionInfo> sessions = new ArrayList<>(sessions(parts));
    sessions.addAll(peerSessions());
    NodeReport.Holdings holdings = bestHoldings(parts, sessions);
    List<NodeStatus> nodes = inOrder(ownNode(parts), peerNode(mirror));
    List<SideStatus> sides = sides(parts);
    List<Alert> alerts = new ArrayList<>(Alerts.ofPair(nodes, sides));
    nodes.forEach(node -> alerts.addAll(node.alerts()));
    alerts.sort(Comparator.comparingInt(StatusBoard::rank));
    return new PairStatus(
        new PairStatus.Seen(
            mirror.identity().pairName(), config.nodeName(), wallMillis.getAsLong()),
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

  private List<SideStatus> sides(Parts parts) {
    return inOrder(ownSide(parts), peerSide(parts.mirror.status()));
  }

  /// The mirrors, and where their data lies on this node's disk.
  List<MirrorInfo> mirrors(Parts parts) {
    MirrorStatus status = parts.mirror.status();
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
            sides(parts),
            List.of(
                new RegionInfo("metadata", path, 0, start),
                new RegionInfo("control", path, start, DiskLayout.CONTROL_BYTES),
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
        mirror.replicatedOffset() + DiskLayout.CONTROL_BYTES,
        mirror.replicatedBytes() - DiskLayout.CONTROL_BYTES);
  }

  private static int rank(Alert alert) {
    return switch (alert.severity()) {
      case Alert.CRITICAL -> 0;
      case Alert.WARNING -> 1;
      default -> 2;
    };
  }

  /// The Primary knows best; without one, the local copy is all there is.
  private NodeReport.Holdings bestHoldings(Parts parts, List<SessionInfo> sessions) {
    if (parts.primary.isOpen()) {
      return holdings(parts, sessions);
    }
    if (peerReport != null && !isSilent() && peerReport.primary() != null) {
      return peerReport.primary();
    }
    List<ExportInfo> exports =
        parts.replica.records().stream()
            .filter(LuRecord::exported)
            .map(record -> export(record, peerIsPrimary(parts.mirror)))
            .toList();
    GroupPicture group = parts.replica.group();
    List<VolumeInfo> volumes =
        group.volumes().stream()
            .map(
                one ->
                    VolumeView.of(
                        one,
                        group.servings().getOrDefault(one.uuid(), new Serving.ReadWrite()),
                        group.extentSizeBytes(),
                        record(parts.replica, one)))
            .toList();
    return new NodeReport.Holdings(null, volumes, exports);
  }

  private static Optional<LuRecord> record(ReplicaReader replica, Volume volume) {
    return replica.records().stream()
        .filter(record -> !record.deleted() && record.volumeUuid().equals(volume.uuid()))
        .findFirst();
  }

  private NodeReport.Holdings holdings(Parts parts, List<SessionInfo> sessions) {
    PrimaryWork primary = parts.primary;
    List<VolumeInfo> volumes = VolumeView.allOf(primary);
    List<ExportInfo> exports =
        primary.book().records().stream()
            .filter(LuRecord::exported)
            .map(this::export)
            .sorted(Comparator.comparing(ExportInfo::volume))
            .toList();
    return new NodeReport.Holdings(
        VolumeView.of(primary.engine().group()), VolumeView.counted(volumes, sessions), exports);
  }

  private static boolean peerIsPrimary(Mirror mirror) {
    return mirror.status().peerRole().equals(Optional.of(Role.PRIMARY));
  }

  /// An export as a Primary tells it.
  ExportInfo export(LuRecord record) {
    return export(record, false);
  }

  /// The portal that serves now comes first: initiators that take only one take that one.
  private ExportInfo export(LuRecord record, boolean peerFirst) {
    String own = config.portal().advertised().toString();
    String other = config.peer().portal().toString();
    List<String> portals = peerFirst ? List.of(other, own) : List.of(own, other);
    return new ExportInfo(
        record.volume(),
        record.iqn(),
        LuRecord.LUN,
        portals,
        record.initiators(),
        record.writeCache(),
        null);
  }

  /// The sessions at this node's portal.
  List<SessionInfo> sessions(Parts parts) {
    return parts.sessions.stream()
        .map(
            session ->
                new SessionInfo(
                    config.nodeName(),
                    session.initiatorName(),
                    session.targetIqn(),
                    parts.targets.volume(session.targetIqn()).orElse(""),
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

  private NodeStatus ownNode(Parts parts) {
    return new NodeStatus(
        config.nodeName(),
        config.nodeId(),
        NodeStatus.RUNNING,
        0L,
        new NodeStatus.Running(
            ProcessHandle.current().pid(),
            Release.NAME,
            startedAtMillis,
            config.controlSocket().toAbsolutePath().toString()),
        List.of(config.portal().advertised().toString()),
        alerts(parts, unreadable(parts)));
  }

  private SideStatus ownSide(Parts parts) {
    MirrorStatus mirror = parts.mirror.status();
    return new SideStatus(
        config.nodeName(),
        mirror.role().label(),
        new SideStatus.Copy(
            mirror.diskState().label(),
            List.of(disk(mirror)),
            unreadable(parts).orElse(null),
            mirror.blocksReadFromPeer()),
        new SideStatus.Link(mirror.connectionState().label(), mirror.reason(), aloneSinceMillis),
        new SideStatus.Difference(
            mirror.outOfSyncBytes(),
            mirror.difference().resync().map(StatusBoard::resync).orElse(null),
            mirror.difference().lastResyncBytesSent()),
        new SideStatus.History(
            mirror.term(), String.format(Locale.ROOT, "%016x", mirror.currentGeneration())));
  }

  private List<Alert> alerts(Parts parts, Optional<UnreadableInfo> unreadable) {
    MirrorStatus mirror = parts.mirror.status();
    List<Alert> alerts =
        new ArrayList<>(Alerts.ofNode(mirror, parts.primary.failure(), unreadable));
    Alerts.diskTests(mirror.nodeName(), DiskTests.on(config.test())).ifPresent(alerts::add);
    if (parts.primary.isOpen()) {
      alerts.addAll(
          VolumeAlerts.of(
              mirror.nodeName(),
              VolumeView.of(parts.primary.engine().group()),
              VolumeView.allOf(parts.primary)));
    }
    return alerts;
  }

  private static Optional<UnreadableInfo> unreadable(Parts parts) {
    MirrorStatus.Unreadable unreadable = parts.mirror.status().unreadable();
    if (unreadable.blocks() == 0 && unreadable.acceptedBlocks() == 0) {
      return Optional.empty();
    }
    BlockPlaces places =
        parts.primary.isOpen()
            ? new BlockPlaces(
                parts.primary.engine().volumes(), parts.primary.engine().group().extentSizeBytes())
            : new BlockPlaces(
                parts.replica.group().volumes(), parts.replica.group().extentSizeBytes());
    long start = parts.mirror.status().replicatedOffset();
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
  private NodeStatus peerNode(MirrorStatus mirror) {
    @Nullable NodeReport report = peerReport;
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
    boolean fresh = isFresh(mirror);
    NodeStatus last = report.node().node();
    return new NodeStatus(
        last.name(),
        1 - config.nodeId(),
        fresh ? NodeStatus.RUNNING : NodeStatus.SILENT,
        TimeUnit.NANOSECONDS.toMillis(nowNanos.getAsLong() - peerReportNanos),
        fresh ? last.daemon() : last.daemon().unheard(),
        last.portals(),
        fresh ? last.alerts() : List.of());
  }

  private SideStatus peerSide(MirrorStatus mirror) {
    @Nullable NodeReport report = peerReport;
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
    boolean fresh = isFresh(mirror);
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

  private boolean isFresh(MirrorStatus mirror) {
    return isLinked(mirror) && !isSilent();
  }

  /// Whether reports can arrive at all: without the link the last one is history at once.
  private static boolean isLinked(MirrorStatus mirror) {
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
