package io.lockstep.daemon;

import io.lockstep.block.record.RecordPosition;
import io.lockstep.control.api.Alert;
import io.lockstep.control.api.DiskInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.RegionInfo;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.iscsi.portal.SessionView;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.Role;
import io.lockstep.node.BlockPlaces;
import io.lockstep.node.Export;
import io.lockstep.node.MirrorAlerts;
import io.lockstep.node.NodeReport;
import io.lockstep.node.OpenGroup;
import io.lockstep.node.SnapshotView;
import io.lockstep.node.ToldNode;
import io.lockstep.node.UnitRecord;
import io.lockstep.node.VolumeView;
import io.lockstep.peers.ControlView;
import io.lockstep.volume.GroupPicture;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a node knows of one mirror at one moment: taken on the mirror's loop, at the cost of a few
/// references, and drawn as the API shows it wherever there is time. Immutable.
final class MirrorSketch {
  /// A node that reports every second is silent after so long.
  private static final long SILENT_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final DaemonConfig config;
  private final DaemonConfig.MirrorPart part;
  private final Known known;

  /// What is known.
  ///
  /// @param open the group, while this node is Primary and has it open
  /// @param alerts those that stand
  /// @param replica what was read from the local copy
  /// @param sessions those at this node's portal with its targets, and those for discovery
  /// @param volumesByIqn the volumes behind these sessions
  /// @param heard what the other node said of this mirror
  record Known(
      MirrorStatus mirror,
      Optional<OpenGroup> open,
      List<Alert> alerts,
      Replica replica,
      List<SessionView> sessions,
      Map<String, String> volumesByIqn,
      Heard heard,
      Times times) {
    private Known with(List<Alert> standing) {
      return new Known(mirror, open, standing, replica, sessions, volumesByIqn, heard, times);
    }
  }

  /// The local copy, and what was read from it.
  ///
  /// @param position up to where the records are known; empty while the copy has changed since
  /// @param erasesCheaply whether its disk gives back space and reads zeroes there
  record Replica(
      List<UnitRecord> units,
      List<Export> exports,
      GroupPicture group,
      Optional<RecordPosition> position,
      boolean erasesCheaply) {
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
  /// @param isUp whether the control connection stands
  /// @param lost where it has not been heard for some time
  record Heard(
      @Nullable NodeReport report, long ageNanos, boolean isUp, List<ControlView.Watched> lost) {
    /// Without the connection the last report is history at once.
    boolean isSilent() {
      return !isUp || ageNanos > SILENT_NANOS;
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
  /// @param startedAtMillis when this node's process began
  /// @param aloneSinceMillis since when there is no link to the other node; null while there is one
  record Times(long startedAtMillis, @Nullable Long aloneSinceMillis) {}

  MirrorSketch(DaemonConfig config, DaemonConfig.MirrorPart part, Known known) {
    this.config = config;
    this.part = part;
    this.known = known;
  }

  /// The same, with the alerts that stand.
  MirrorSketch with(List<Alert> standing) {
    return new MirrorSketch(config, part, known.with(standing));
  }

  String name() {
    return part.name();
  }

  String pairName() {
    return known.mirror.identity().pairName();
  }

  /// What this node tells the other one.
  NodeReport report() {
    NodeReport.@Nullable Holdings holdings =
        known.open.map(open -> holdings(open, sessions())).orElse(null);
    @Nullable RecordPosition read =
        known.open.isPresent() ? null : known.replica.position.orElse(null);
    ToldNode self = ToldNode.of(ownNode(), ownSide());
    return NodeReport.of(self, sessions(), holdings, read, part.name())
        .among(config.mirrorNames())
        .erasing(known.replica.erasesCheaply);
  }

  /// The sessions with its targets at both nodes' portals, as far as they are known.
  List<SessionInfo> allSessions() {
    return Stream.concat(sessions().stream(), known.heard.sessions().stream()).toList();
  }

  /// The mirror with both its sides.
  MirrorSides shown() {
    return MirrorSides.of(name(), bestHoldings(allSessions()).group(), sides());
  }

  /// Its volumes and exports, as ones of this mirror.
  NodeReport.Holdings holdings() {
    NodeReport.Holdings best = bestHoldings(allSessions());
    return new NodeReport.Holdings(
        best.group(),
        VolumeView.counted(best.volumes(), allSessions()).stream()
            .map(volume -> volume.on(name()))
            .toList(),
        best.exports().stream().map(export -> export.on(name())).toList(),
        best.jobs().stream().map(job -> job.on(name())).toList());
  }

  private List<SideStatus> sides() {
    return SideStatus.counted(inOrder(ownSide(), peerSide()));
  }

  /// That of node 0 first.
  private <T> List<T> inOrder(T own, T other) {
    return config.nodeId() == 0 ? List.of(own, other) : List.of(other, own);
  }

  /// Where its data lies on this node's disk.
  MirrorInfo places() {
    MirrorStatus status = known.mirror;
    String path = part.disk().toAbsolutePath().toString();
    long start = status.replicatedOffset();
    DiskInfo data = disk(status);
    return new MirrorInfo(
        part.name(),
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
                .formatted(status.identity().pairName(), status.identity().pairName())));
  }

  private DiskInfo disk(MirrorStatus mirror) {
    return new DiskInfo(
        part.disk().toAbsolutePath().toString(),
        mirror.replicatedOffset() + mirror.controlBytes(),
        mirror.replicatedBytes() - mirror.controlBytes());
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
            .map(one -> SnapshotView.shown(copied(one, group), one, group.volumes(), null))
            .toList();
    return new NodeReport.Holdings(null, volumes, exports, List.of());
  }

  private VolumeInfo copied(Volume volume, GroupPicture group) {
    Serving serving = group.servings().getOrDefault(volume.uuid(), new Serving.ReadWrite());
    return VolumeView.of(volume, serving, group.layout(), known.replica.names(volume));
  }

  /// Of an open group; who is logged in is counted.
  private NodeReport.Holdings holdings(OpenGroup open, List<SessionInfo> sessions) {
    List<ExportInfo> exports =
        open.exports().stream()
            .map(this::export)
            .sorted(Comparator.comparing(ExportInfo::volume))
            .toList();
    return new NodeReport.Holdings(
        open.info(), VolumeView.counted(open.infos(), sessions), exports, open.jobs());
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

  /// This node, with the alerts that concern this mirror.
  NodeStatus ownNode() {
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
        known.alerts.stream().filter(alert -> !alert.node().isEmpty()).toList());
  }

  /// What both nodes together show.
  List<Alert> pairAlerts() {
    return known.alerts.stream().filter(alert -> alert.node().isEmpty()).toList();
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
            mirror.difference().resync().map(MirrorSketch::resync).orElse(null),
            mirror.difference().lastResyncBytesSent()),
        new SideStatus.History(
            mirror.term(), String.format(Locale.ROOT, "%016x", mirror.currentGeneration())));
  }

  // --- what alerts are made of ---

  MirrorAlerts.Facts facts() {
    return new MirrorAlerts.Facts(
        known.mirror.peerDiskState(),
        peerIsPrimary(),
        known.mirror.connectionState() == ConnectionState.SYNC_TARGET,
        unreadable());
  }

  Heard heard() {
    return known.heard;
  }

  /// What is seen of who serves.
  Alerts.Sight sight() {
    @Nullable NodeReport report = known.heard.report;
    if (known.mirror.role() == Role.PRIMARY || peerSide().serves()) {
      return Alerts.Sight.SERVED;
    }
    if (report != null && isFresh()) {
      return Alerts.Sight.NOT_SERVED;
    }
    return report != null && report.node().side().serves()
        ? Alerts.Sight.UNSEEN_PRIMARY
        : Alerts.Sight.UNSEEN;
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
        resync.source() ? ResyncInfo.SOURCE : ResyncInfo.TARGET,
        resync.totalBytes().isEmpty() ? null : resync.totalBytes().getAsLong(),
        resync.doneBytes(),
        resync.sentBytes(),
        resync.bytesPerSecond(),
        resync.secondsLeft());
  }

  /// The other node: its own word while it is fresh; else what the mirror knows, with the parts of
  /// the last report that do not change.
  NodeStatus peerNode() {
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
          new SideStatus.Difference(null, null, 0),
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
            fresh ? last.outOfSyncBytes() : null,
            fresh ? last.resync() : null,
            last.difference().lastResyncBytesSent()),
        last.history());
  }

  private boolean isFresh() {
    return !known.heard.isSilent();
  }

  /// Whether there is a link to the other node.
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
