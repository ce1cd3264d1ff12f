package io.lockstep.daemon;

import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.iscsi.portal.SessionView;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.node.Export;
import io.lockstep.node.OpenGroup;
import io.lockstep.node.ReplicaReader;
import io.lockstep.node.ServedRole;
import io.lockstep.node.ServedVolumes;
import io.lockstep.node.VolumeView;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Takes sketches of all that is known of a mirror, from which the status of the pair is drawn
/// elsewhere. Belongs to the mirror's loop.
final class MirrorKnowledge {
  private final DaemonConfig config;
  private final DaemonConfig.MirrorPart part;
  private final Supplier<MirrorSketch.Heard> heard;
  private final LongSupplier wallMillis;
  private final StandingAlerts alerts;
  private final long startedAtMillis;
  private @Nullable Long aloneSinceMillis;
  private @Nullable OpenGroup lastOpen;

  /// @param heard what the other node said last
  /// @param wallMillis time for people
  /// @param alerts looks at each sketch
  MirrorKnowledge(
      DaemonConfig config,
      DaemonConfig.MirrorPart part,
      Supplier<MirrorSketch.Heard> heard,
      LongSupplier wallMillis,
      StandingAlerts alerts) {
    this.config = config;
    this.part = part;
    this.heard = heard;
    this.wallMillis = wallMillis;
    this.alerts = alerts;
    this.startedAtMillis = wallMillis.getAsLong();
    this.aloneSinceMillis = startedAtMillis;
  }

  /// What a mirror's side is made of, as far as its status is concerned.
  ///
  /// @param sessions the sessions at this node's portal
  record Parts(Mirror mirror, ServedRole role, List<SessionView> sessions) {}

  /// The mirror's status may have changed.
  void mirrorChanged(MirrorStatus mirror) {
    if (MirrorSketch.isLinked(mirror)) {
      aloneSinceMillis = null;
    } else if (aloneSinceMillis == null) {
      aloneSinceMillis = wallMillis.getAsLong();
    }
  }

  /// The sessions with its targets at both nodes' portals, as far as they are known.
  List<SessionInfo> sessions(Parts parts) {
    return sketch(parts).allSessions();
  }

  /// What is known now.
  MirrorSketch sketch(Parts parts) {
    MirrorStatus status = parts.mirror.status();
    ServedVolumes primary = parts.role.volumes();
    ReplicaReader replica = parts.role.replica();
    String ours = ":" + status.identity().pairName() + ".";
    List<SessionView> sessions =
        parts.sessions.stream()
            .filter(one -> one.targetIqn().isEmpty() || one.targetIqn().contains(ours))
            .toList();
    Map<String, String> volumesByIqn = new HashMap<>();
    for (SessionView session : sessions) {
      volumesByIqn.computeIfAbsent(session.targetIqn(), parts.role.targets()::volumes);
    }
    Optional<OpenGroup> open = primary.isOpen() ? Optional.of(open(primary)) : Optional.empty();
    var known =
        new MirrorSketch.Known(
            status,
            open,
            List.of(),
            new MirrorSketch.Replica(
                replica.units(),
                replica.exports(),
                replica.group(),
                replica.position(),
                parts.role.erasesCheaply()),
            sessions,
            Map.copyOf(volumesByIqn),
            heard.get(),
            new MirrorSketch.Times(startedAtMillis, aloneSinceMillis));
    var seen = new MirrorSketch(config, part, known);
    return seen.with(alerts.now(seen, open, primary.failure()));
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
