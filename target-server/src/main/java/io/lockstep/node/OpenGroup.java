package io.lockstep.node;

import io.lockstep.block.record.RecordPosition;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.volume.GroupStatus;
import io.lockstep.volume.Serving;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.Volume;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The group and the records that a Primary has open, as they were at one moment. Immutable.
///
/// @param servings what is done with each volume, by its UUID
/// @param snapshots how each snapshot does, by its UUID
/// @param jobs what has not its size yet, and what is being put back
/// @param position how far the records had come
public record OpenGroup(
    GroupStatus status,
    List<Volume> volumes,
    Map<String, Serving> servings,
    Map<String, SnapshotStatus> snapshots,
    List<UnitRecord> units,
    List<Export> exports,
    List<JobInfo> jobs,
    RecordPosition position) {

  public static OpenGroup of(ServedVolumes primary) {
    List<Volume> volumes = List.copyOf(primary.engine().volumes());
    Map<String, Serving> servings = new HashMap<>();
    volumes.forEach(volume -> servings.put(volume.uuid(), primary.engine().serving(volume)));
    return new OpenGroup(
        primary.engine().group(),
        volumes,
        Map.copyOf(servings),
        SnapshotView.statuses(primary.engine()),
        primary.records().units(),
        primary.records().exports(),
        primary.jobs(),
        primary.records().position());
  }

  /// Whether nothing has changed since.
  public boolean isStill(ServedVolumes primary) {
    return position.equals(primary.records().position())
        && status.equals(primary.engine().group())
        && jobs.equals(primary.jobs())
        && snapshots.equals(SnapshotView.statuses(primary.engine()));
  }

  /// The group as people see it: what jobs have yet to give to volumes is not free.
  public GroupInfo info() {
    return VolumeView.of(status)
        .promising(
            jobs.stream()
                .filter(JobInfo::gives)
                .mapToLong(job -> job.bytesTotal() - job.bytesDone())
                .sum());
  }

  /// The volumes as people see them; nobody is counted yet.
  public List<VolumeInfo> infos() {
    Map<String, UnitRecord> unitsByVolume = new HashMap<>();
    for (UnitRecord unit : units) {
      if (!unit.deleted()) {
        unitsByVolume.putIfAbsent(unit.volume(), unit);
      }
    }
    Map<String, Export> exportsByVolume = new HashMap<>();
    exports.forEach(export -> exportsByVolume.put(export.volume(), export));
    return volumes.stream()
        .map(
            volume ->
                shown(
                    volume,
                    new VolumeView.Names(
                        Optional.ofNullable(unitsByVolume.get(volume.name())),
                        Optional.ofNullable(exportsByVolume.get(volume.name())))))
        .toList();
  }

  private VolumeInfo shown(Volume volume, VolumeView.Names names) {
    Serving serving = servings.getOrDefault(volume.uuid(), new Serving.ReadWrite());
    VolumeInfo info = VolumeView.of(volume, serving, status.layout(), names);
    return SnapshotView.shown(info, volume, volumes, snapshots.get(volume.uuid()));
  }
}
