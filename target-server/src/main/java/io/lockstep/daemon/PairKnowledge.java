package io.lockstep.daemon;

import io.lockstep.block.BootClock;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.iscsi.portal.SessionView;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.node.Export;
import io.lockstep.node.NodeReport;
import io.lockstep.node.OfferedTargets;
import io.lockstep.node.OpenGroup;
import io.lockstep.node.ReplicaReader;
import io.lockstep.node.ServedVolumes;
import io.lockstep.node.VolumeView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Keeps what the other node last said, and takes sketches of all that is known, from which the
/// pair's status is drawn elsewhere. Belongs to the mirror's loop.
final class PairKnowledge {
  private final DaemonConfig config;
  private final BootClock clock;
  private final LongSupplier wallMillis;
  private final long startedAtMillis;
  private @Nullable NodeReport peerReport;
  private long peerReportNanos;
  private @Nullable Long aloneSinceMillis;
  private @Nullable OpenGroup lastOpen;

  /// @param clock for ages
  /// @param wallMillis time for people
  PairKnowledge(DaemonConfig config, BootClock clock, LongSupplier wallMillis) {
    this.config = config;
    this.clock = clock;
    this.wallMillis = wallMillis;
    this.startedAtMillis = wallMillis.getAsLong();
    this.aloneSinceMillis = startedAtMillis;
  }

  /// What a node is made of, as far as its status is concerned.
  ///
  /// @param sessions the sessions at this node's portal
  record Parts(
      Mirror mirror,
      ServedVolumes primary,
      OfferedTargets targets,
      ReplicaReader replica,
      List<SessionView> sessions) {}

  /// The other node has told about itself.
  void peerReported(NodeReport report) {
    peerReport = report;
    peerReportNanos = clock.nowNanos();
  }

  /// The mirror's status may have changed.
  void mirrorChanged(MirrorStatus mirror) {
    if (PairSketch.isLinked(mirror)) {
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

  private PairSketch.Heard heard() {
    return new PairSketch.Heard(peerReport, clock.nowNanos() - peerReportNanos);
  }

  /// The sessions at both nodes' portals, as far as they are known.
  List<SessionInfo> sessions(Parts parts) {
    List<SessionInfo> sessions = new ArrayList<>(sketch(parts).sessions());
    sessions.addAll(heard().sessions());
    return sessions;
  }

  /// What is known now.
  PairSketch sketch(Parts parts) {
    Map<String, String> volumesByIqn = new HashMap<>();
    for (SessionView session : parts.sessions) {
      volumesByIqn.computeIfAbsent(session.targetIqn(), parts.targets::volumes);
    }
    return new PairSketch(
        config,
        new PairSketch.Known(
            parts.mirror.status(),
            parts.primary.isOpen() ? Optional.of(open(parts.primary)) : Optional.empty(),
            parts.primary.failure(),
            new PairSketch.Replica(
                parts.replica.units(),
                parts.replica.exports(),
                parts.replica.group(),
                parts.replica.position()),
            parts.sessions,
            Map.copyOf(volumesByIqn),
            heard(),
            new PairSketch.Times(startedAtMillis, aloneSinceMillis, wallMillis.getAsLong())));
  }

  /// The open group as it is; looked at anew only after a change of it or of its records.
  private OpenGroup open(ServedVolumes primary) {
    OpenGroup last = lastOpen;
    if (last == null || !last.isStill(primary)) {
      last = OpenGroup.of(primary);
      lastOpen = last;
    }
    return last;
  }

  /// An export as a Primary tells it.
  ExportInfo export(Export export) {
    return VolumeView.export(export, config.advertised(false));
  }
}
