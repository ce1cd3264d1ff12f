package io.lockstep.volume.embedded;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import io.lockstep.volume.Route;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.VolumeMap;
import io.lockstep.volume.WriteGate;
import io.lockstep.volume.snapshot.MergedDevice;
import io.lockstep.volume.snapshot.Origin;
import io.lockstep.volume.snapshot.Snapshot;
import io.lockstep.volume.snapshot.SnapshotMerge;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A volume that has snapshots, as long as it has the same ones: its gate, and the rollback that
/// runs. Belongs to the engine's loop.
final class OpenOrigin {
  private final List<Part> parts;
  private final WriteGate gate;
  private final Optional<MergedDevice> merged;
  private final Optional<SnapshotMerge> merge;

  /// One of its snapshots.
  ///
  /// @param uuid of the snapshot's volume, its store
  /// @param rollingBack whether the origin is being put back to it
  record Part(String uuid, boolean rollingBack, Snapshot snapshot) {}

  /// @param allMoved runs once, when a rollback has moved everything
  OpenOrigin(List<Part> parts, Loop loop, BufferPool pool, Runnable allMoved) {
    this.parts = List.copyOf(parts);
    List<Snapshot> others = new ArrayList<>();
    Optional<Snapshot> target = Optional.empty();
    for (Part part : parts) {
      if (part.rollingBack) {
        target = Optional.of(part.snapshot);
      } else {
        others.add(part.snapshot);
      }
    }
    this.gate = new Origin(loop, others);
    this.merged = target.map(snapshot -> new MergedDevice(snapshot, gate, loop, pool));
    Optional<Snapshot> from = target;
    this.merge =
        merged.map(device -> new SnapshotMerge(from.orElseThrow(), device, loop, allMoved));
  }

  /// Whether it is one with just these snapshots, each rolled back to or not.
  boolean has(List<Part> others) {
    return parts.equals(others);
  }

  /// Where the requests of the volume itself go.
  Route route(BlockDevice space, VolumeMap map) {
    return merged
        .<Route>map(Route::whole)
        .orElseGet(() -> new Route(space, map, Optional.of(gate)));
  }

  /// Begins to move, if a rollback was begun.
  void start() {
    merge.ifPresent(SnapshotMerge::start);
  }

  /// Ends the moving for now; there is no way back.
  void stop(Runnable stopped, Loop loop) {
    merge.ifPresentOrElse(running -> running.stop(stopped), () -> loop.execute(stopped));
  }

  Optional<SnapshotStatus> rollbackStatus() {
    return merge.map(SnapshotMerge::status);
  }
}
