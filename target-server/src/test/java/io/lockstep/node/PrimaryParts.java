package io.lockstep.node;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.volume.Engines;
import io.lockstep.volume.embedded.EmbeddedEngines;
import io.lockstep.volume.embedded.EngineOptions;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// What a Primary serves over any device, made as the daemon makes it, for a group and a pair of
/// one name. Nothing is open yet.
record PrimaryParts(OfferedTargets targets, ServedVolumes volumes, Administration administration) {
  static Engines engines() {
    return new EmbeddedEngines(
        new EngineOptions("lockstep_t", "lockstep-t", "test", new Random(1), () -> 0));
  }

  /// A device as the replicated space.
  static ReplicatedSpace space(BlockDevice device, Loop loop, BufferPool pool) {
    return new ReplicatedSpace(device, loop, pool, () -> DiskLayout.RECORDS_BYTES);
  }

  /// With the limits of a real node.
  static PrimaryParts over(
      ReplicatedSpace space,
      OfferedTargets targets,
      Supplier<List<SessionInfo>> sessions,
      Runnable changed) {
    return over(space, targets, JobLimits.USUAL, sessions, changed);
  }

  /// The other node's disk gives back space, or takes no part.
  static PrimaryParts over(
      ReplicatedSpace space,
      OfferedTargets targets,
      JobLimits jobs,
      Supplier<List<SessionInfo>> sessions,
      Runnable changed) {
    return over(space, targets, jobs, new Around(sessions, () -> true), changed);
  }

  /// What is around them.
  ///
  /// @param sessions who is logged in
  record Around(Supplier<List<SessionInfo>> sessions, BooleanSupplier peerErasesCheaply) {}

  /// @param changed told after each change of what is open
  static PrimaryParts over(
      ReplicatedSpace space,
      OfferedTargets targets,
      JobLimits jobs,
      Around around,
      Runnable changed) {
    var volumes = new ServedVolumes(space, engines(), targets, changed);
    var administration =
        new Administration(
            volumes,
            targets,
            new Administration.Sources(
                space.loop(),
                jobs,
                () -> new LuNames.Giver("k7x2ma", "024c53"),
                around.sessions,
                export -> VolumeView.export(export, List.of()),
                around.peerErasesCheaply,
                new Random(2)));
    return new PrimaryParts(targets, volumes, administration);
  }
}
