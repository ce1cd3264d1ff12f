package io.lockstep.node;

import io.lockstep.block.BlockRange;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.volume.embedded.EngineOptions;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What a node serves of one mirror, in the role that the mirror has. Whoever hears the mirror's
/// events passes them on. Belongs to the mirror's loop.
///
/// - **Primary**: records and volumes are open on the mirror's device, the targets serve them, an
///   administrator may change them.
/// - **Secondary**: the targets stand by; which ones there are is read from the local copy.
public final class ServedRole {
  private final Mirror mirror;
  private final OfferedTargets targets;
  private final ServedVolumes volumes;
  private final ReplicaReader replica;
  private final Administration administration;
  private final PeerReading peerReading;
  private @Nullable Seen lastSeen;
  private boolean closing;

  /// What the copy may be read by.
  private record Seen(Role role, DiskState disk, ConnectionState connection, String reason) {}

  /// What it is made of.
  ///
  /// @param device the replicated space through the mirror
  /// @param replica the same as the local copy has it
  /// @param options with which the volume group is opened
  /// @param sources what an administrator's changes need
  public record Parts(
      Mirror mirror,
      ReplicatedSpace device,
      ReplicatedSpace replica,
      EngineOptions options,
      Administration.Sources sources) {}

  /// @param targets where the portal finds what is served
  /// @param changed told after each change of what is known or open
  public ServedRole(Parts parts, OfferedTargets targets, Runnable changed) {
    this.mirror = parts.mirror;
    this.targets = targets;
    this.volumes = new ServedVolumes(parts.device, parts.options, targets, changed);
    this.replica =
        new ReplicaReader(parts.replica, parts.options, targets, this::readsReplica, changed);
    this.administration = new Administration(volumes, targets, parts.sources);
    this.peerReading =
        new PeerReading(parts.device.loop(), () -> mirror.status().isFollowed(), volumes::position);
    targets.discards(parts.device.device().limits().discardZeroes());
    targets.keeper(administration::keepWriteCache);
    targets.knowledge(this::knowledge);
  }

  /// The mirror begins: from now on what its copy holds is known here.
  public void start() {
    replica.readSoon();
  }

  public ServedVolumes volumes() {
    return volumes;
  }

  public ReplicaReader replica() {
    return replica;
  }

  /// Takes over the verbs of volumes and exports.
  ///
  /// @param told lets the other node hear of a change before whoever asked for it
  public void answer(Handlers on, UnaryOperator<Consumer<Answer>> told) {
    administration.answer(on, told, peerReading::held);
  }

  /// A Primary whose records are open knows all targets; a Secondary does while each write of the
  /// Primary's arrives here before it is acknowledged.
  private TargetPicture.Knowledge knowledge() {
    if (volumes.isOpen()) {
      return TargetPicture.Knowledge.ALL;
    }
    boolean follows =
        mirror.role() == Role.SECONDARY
            && mirror.diskState() == DiskState.UP_TO_DATE
            && mirror.connectionState() == ConnectionState.CONNECTED;
    return replica.knowledge(follows);
  }

  private boolean readsReplica() {
    boolean readable =
        switch (mirror.diskState()) {
          case UP_TO_DATE, OUTDATED, CONSISTENT -> true;
          case DISKLESS, ATTACHING, FAILED, NEGOTIATING, INCONSISTENT, DUNKNOWN -> false;
        };
    return !closing && mirror.role() == Role.SECONDARY && readable;
  }

  // --- what the mirror says ---

  public void statusChanged(MirrorStatus status) {
    targets.otherNodeActive(status.peerRole().equals(Optional.of(Role.PRIMARY)));
    targets.unavailable(status.splitBrain() && status.role() == Role.SECONDARY);
    var seen =
        new Seen(status.role(), status.diskState(), status.connectionState(), status.reason());
    if (!seen.equals(lastSeen)) {
      lastSeen = seen;
      replica.readSoon();
    }
    peerReading.changed();
  }

  public void becamePrimary() {
    volumes.open();
  }

  /// @param released see [io.lockstep.mirror.MirrorListener#leavingPrimary]
  public void leavingPrimary(Runnable released) {
    volumes.close(
        () -> {
          released.run();
          replica.readSoon();
        });
  }

  public void replicaChanged(BlockRange range) {
    replica.changed(range);
  }

  /// The other node has told about itself.
  public void peerReported(NodeReport report) {
    peerReading.reported(report);
    NodeReport.@Nullable Holdings holdings = report.primary();
    if (holdings != null) {
      targets.mediaTold(holdings.media());
    }
  }

  /// The node ends: the copy is read no more.
  public void closing() {
    closing = true;
  }
}
