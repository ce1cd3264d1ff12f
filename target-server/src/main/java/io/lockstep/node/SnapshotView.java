package io.lockstep.node;

import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.volume.SnapshotOf;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Snapshots, and rollbacks to them, as people and scripts see them. Pure.
public final class SnapshotView {
  private SnapshotView() {}

  /// How the snapshots of an open group do, by UUID.
  static Map<String, SnapshotStatus> statuses(VolumeEngine engine) {
    Map<String, SnapshotStatus> statuses = new HashMap<>();
    for (Volume volume : engine.volumes()) {
      if (volume.snapshotOf().isPresent()) {
        engine.snapshot(volume.name()).ifPresent(status -> statuses.put(volume.uuid(), status));
      }
    }
    return Map.copyOf(statuses);
  }

  /// The volume with what makes it a snapshot, if it is one.
  ///
  /// @param volumes of its group
  /// @param status null where no Primary tells
  public static VolumeInfo shown(
      VolumeInfo info, Volume volume, List<Volume> volumes, @Nullable SnapshotStatus status) {
    Optional<SnapshotOf> of = volume.snapshotOf();
    return of.isEmpty() ? info : info.as(info(of.get(), volume, volumes, status));
  }

  private static SnapshotInfo info(
      SnapshotOf of, Volume volume, List<Volume> volumes, @Nullable SnapshotStatus status) {
    String origin = origin(of, volumes);
    if (status == null) {
      String state = of.rollingBack() ? SnapshotInfo.ROLLING_BACK : SnapshotInfo.UNKNOWN;
      return new SnapshotInfo(origin, state, null, volume.sizeBytes(), null, null);
    }
    return switch (status.state()) {
      case SnapshotStatus.State.Whole() ->
          new SnapshotInfo(
              origin, SnapshotInfo.WHOLE, null, status.roomBytes(), status.usedBytes(), null);
      case SnapshotStatus.State.Lost(String why) ->
          new SnapshotInfo(
              origin, SnapshotInfo.LOST, why, status.roomBytes(), status.usedBytes(), null);
      case SnapshotStatus.State.RollingBack(long left) ->
          new SnapshotInfo(
              origin,
              SnapshotInfo.ROLLING_BACK,
              null,
              status.roomBytes(),
              status.usedBytes(),
              left);
    };
  }

  private static String origin(SnapshotOf of, List<Volume> volumes) {
    return volumes.stream()
        .filter(volume -> volume.uuid().equals(of.originUuid()))
        .findFirst()
        .map(Volume::name)
        .orElse("");
  }

  /// The rollbacks that run, as jobs. They stand in LVM's metadata, and need no record.
  static List<JobInfo> jobs(VolumeEngine engine) {
    List<JobInfo> jobs = new ArrayList<>();
    List<Volume> volumes = engine.volumes();
    for (Volume volume : volumes) {
      if (volume.snapshotOf().map(SnapshotOf::rollingBack).orElse(false)) {
        engine
            .snapshot(volume.name())
            .filter(status -> status.state() instanceof SnapshotStatus.State.RollingBack)
            .ifPresent(status -> jobs.add(job(volume, volumes, status)));
      }
    }
    return jobs;
  }

  private static JobInfo job(Volume volume, List<Volume> volumes, SnapshotStatus status) {
    long left = status.state() instanceof SnapshotStatus.State.RollingBack(long bytes) ? bytes : 0;
    long total = Math.max(left, status.usedBytes());
    return new JobInfo(
        jobId(volume.name()),
        JobInfo.ROLL_BACK,
        origin(volume.snapshotOf().orElseThrow(), volumes),
        total - left,
        total,
        -1,
        null,
        null);
  }

  /// What a rollback is called as a job.
  static String jobId(String snapshot) {
    return "rollback-" + snapshot;
  }
}
