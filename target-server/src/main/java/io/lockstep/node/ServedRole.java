package io.lockstep.node;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.volume.Engines;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What a node serves of one mirror, in the role that the mirror has: all of it opens and closes
/// here, and nothing outside decides about it. Whoever hears the mirror's events passes them on.
/// Belongs to the mirror's loop.
///
/// - **Primary**: records and volumes are open on the mirror's device, the targets serve them, an
///   administrator may change them.
/// - **Secondary**: the targets stand by; which ones there are is read from the local copy.
public final class ServedRole {
  private final Mirror mirror;
  private final BlockDevice device;
  private final Owner owner;
  private final OfferedTargets targets;
  private final ServedVolumes volumes;
  private final ReplicaReader replica;
  private final Administration administration;
  private final PeerReading peerReading;
  private @Nullable Seen lastSeen;
  private boolean closing;

  /// Whether the other node's disk gives back space, as it last said.
  private boolean peerErasesCheaply;

  /// What the copy may be read by, and why it stands so.
  private record Seen(Role role, DiskState disk, ConnectionState connection, String reason) {}

  /// What it stands on.
  ///
  /// @param device the mirror's own, perhaps with something around it
  /// @param loop the mirror's
  /// @param pool buffers of that loop
  public record Ground(Mirror mirror, BlockDevice device, Loop loop, BufferPool pool) {
    private ReplicatedSpace served() {
      return new ReplicatedSpace(device, loop, pool, mirror::controlBytes);
    }

    private ReplicatedSpace copy() {
      return new ReplicatedSpace(mirror.replica(), loop, pool, mirror::controlBytes);
    }
  }

  /// Who serves.
  ///
  /// @param productRevision what a logical unit tells of its release
  /// @param companyId of the identifiers of volumes that are first exported here
  /// @param engines who opens the volume group
  /// @param jobs when the size of a volume becomes a job
  /// @param dice where identifiers come from
  public record Server(
      int nodeId,
      String productRevision,
      String companyId,
      Engines engines,
      JobLimits jobs,
      RandomGenerator dice) {}

  /// What is around it.
  public interface Owner {
    /// The sessions with these targets, on both nodes.
    List<SessionInfo> sessions();

    /// An export as people see it.
    ExportInfo shown(Export export);

    /// What is known or open here has changed.
    void changed();
  }

  public ServedRole(Ground ground, Server server, Owner owner) {
    mirror = ground.mirror;
    device = ground.device;
    this.owner = owner;
    String pair = mirror.status().identity().pairName();
    targets = new OfferedTargets(ground.loop, ground.pool, server.nodeId, server.productRevision);
    volumes = new ServedVolumes(ground.served(), server.engines, targets, this::servedChanged);
    replica =
        new ReplicaReader(
            ground.copy(), server.engines, targets, this::readsReplica, owner::changed);
    administration =
        new Administration(
            volumes,
            targets,
            new Administration.Sources(
                ground.loop,
                server.jobs,
                () -> new LuNames.Giver(pair, server.companyId),
                owner::sessions,
                owner::shown,
                () -> !mirror.status().isFollowed() || peerErasesCheaply,
                server.dice));
    peerReading =
        new PeerReading(ground.loop, () -> mirror.status().isFollowed(), volumes::position);
    targets.discards(ground.device.limits().discardZeroes());
    targets.keeper(administration.changes()::keepWriteCache);
    targets.knowledge(this::knowledge);
  }

  /// The mirror begins: from now on what its copy holds is known here.
  public void start() {
    replica.readSoon();
  }

  /// Whether zeroing costs this node's disk next to nothing.
  public boolean erasesCheaply() {
    return device.limits().discardZeroes();
  }

  /// What is offered to hosts.
  public OfferedTargets targets() {
    return targets;
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
  public TargetPicture.Knowledge knowledge() {
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

  /// @return whether role, disk or link have changed, or why they stand so
  public boolean statusChanged(MirrorStatus status) {
    targets.otherNodeActive(status.peerRole().equals(Optional.of(Role.PRIMARY)));
    targets.unavailable(status.splitBrain() && status.role() == Role.SECONDARY);
    var seen =
        new Seen(status.role(), status.diskState(), status.connectionState(), status.reason());
    boolean differs = !seen.equals(lastSeen);
    if (differs) {
      lastSeen = seen;
      replica.readSoon();
    }
    peerReading.changed();
    return differs;
  }

  private void servedChanged() {
    owner.changed();
    administration.proceed();
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
    peerErasesCheaply = Boolean.TRUE.equals(report.erasesCheaply());
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
