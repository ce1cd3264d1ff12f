package io.lockstep.daemon;

import io.lockstep.block.record.RecordPosition;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.volume.GroupStatus;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The group and the records that a Primary has open, as they were at one moment. Immutable.
///
/// @param servings what is done with each volume, by its UUID
/// @param position how far the records had come
record OpenGroup(
    GroupStatus status,
    List<Volume> volumes,
    Map<String, Serving> servings,
    List<LuRecord> records,
    RecordPosition position) {

  static OpenGroup of(PrimaryWork primary) {
    List<Volume> volumes = List.copyOf(primary.engine().volumes());
    Map<String, Serving> servings = new HashMap<>();
    volumes.forEach(volume -> servings.put(volume.uuid(), primary.engine().serving(volume)));
    return new OpenGroup(
        primary.engine().group(),
        volumes,
        Map.copyOf(servings),
        primary.book().records(),
        primary.book().position());
  }

  /// Whether nothing has changed since.
  boolean isStill(PrimaryWork primary) {
    return position.equals(primary.book().position()) && status.equals(primary.engine().group());
  }

  /// The volumes as people see them; nobody is counted yet.
  List<VolumeInfo> infos() {
    Map<String, LuRecord> byVolume = new HashMap<>();
    for (LuRecord record : records) {
      if (!record.deleted()) {
        byVolume.putIfAbsent(record.volume(), record);
      }
    }
    return volumes.stream()
        .map(
            volume ->
                VolumeView.of(
                    volume,
                    servings.getOrDefault(volume.uuid(), new Serving.ReadWrite()),
                    status.extentSizeBytes(),
                    Optional.ofNullable(byVolume.get(volume.name()))))
        .toList();
  }
}
