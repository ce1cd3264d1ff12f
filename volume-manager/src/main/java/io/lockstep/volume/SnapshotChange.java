package io.lockstep.volume;

import io.lockstep.volume.GroupChange.Planned;
import io.lockstep.volume.GroupChange.Unchanged;
import io.lockstep.volume.VolumeGroup.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The changes of a group that are about snapshots. In LVM's words a snapshot is two volumes: the
/// store, which has the snapshot's name, and a hidden one, `snapshot0`, whose segment ties it to
/// its origin. They come and go together. Pure.
public final class SnapshotChange {
  /// Most snapshots of one volume: a first write to a chunk is copied for each of them.
  static final int SNAPSHOTS_MAX = 32;

  private static final String DELETE_FIRST = "delete its snapshots first";

  private SnapshotChange() {}

  /// Takes a snapshot; see [VolumeEngine#takeSnapshot]. The head of the store that it adds must be
  /// written before the commit.
  public static GroupChange take(
      VolumeGroup group, SnapshotAsk ask, String storeUuid, String linkUuid) {
    String what = "Snapshot " + VolumeName.shown(ask.name()) + " was not taken";
    Optional<GroupChange> fault =
        GroupEdits.nameFault(what, group, ask.name())
            .or(() -> GroupEdits.sizeFault(what, ask.roomBytes()));
    if (fault.isPresent()) {
      return fault.get();
    }
    Optional<Volume> origin = GroupEdits.visible(group, ask.origin());
    if (origin.isEmpty()) {
      return GroupEdits.unknown(what);
    }
    Optional<GroupChange> originFault = originFault(what, group, origin.get());
    if (originFault.isPresent()) {
      return originFault.get();
    }
    int chunkBytes = SnapshotRoom.chunkBytes(Math.min(ask.roomBytes(), origin.get().sizeBytes()));
    long storeBytes =
        SnapshotRoom.storeBytes(ask.roomBytes(), chunkBytes, origin.get().sizeBytes());
    long extents = GroupEdits.extents(group, storeBytes);
    Optional<List<Run>> runs = GroupEdits.allocate(group, extents);
    if (runs.isEmpty()) {
      return GroupEdits.noSpace(what, group, extents);
    }
    List<Segment> segments = new ArrayList<>();
    GroupEdits.appendRuns(segments, runs.get());
    var of =
        new SnapshotOf(linkUuid, origin.get().uuid(), origin.get().sizeBytes(), chunkBytes, false);
    long size = extents * group.extentSizeBytes();
    List<Volume> volumes = new ArrayList<>(group.volumes());
    volumes.add(
        new Volume(
            ask.name(), storeUuid, size, Volume.Access.READ_WRITE, segments, Optional.of(of)));
    volumes.add(link(group, linkUuid, origin.get().extentCount()));
    return new Planned(GroupEdits.next(group, volumes), List.of());
  }

  private static Volume link(VolumeGroup group, String uuid, long extents) {
    int number = 0;
    while (group.volume("snapshot" + number).isPresent()) {
      number++;
    }
    return new Volume(
        "snapshot" + number,
        uuid,
        extents * group.extentSizeBytes(),
        Volume.Access.INTERNAL,
        List.of(new Segment(0, extents, Segment.SNAPSHOT, 0, List.of())));
  }

  private static Optional<GroupChange> originFault(String what, VolumeGroup group, Volume origin) {
    if (origin.snapshotOf().isPresent()) {
      String why = "volume %s is a snapshot itself".formatted(origin.name());
      return impossible(what, why, "take one of its origin, or clone it first");
    }
    if (origin.segments().stream().anyMatch(segment -> !segment.isMapped())) {
      String why = "volume %s is of a kind that is not served here".formatted(origin.name());
      return impossible(what, why, "take it with the lvm2 tools");
    }
    List<Volume> snapshots = group.snapshotsOf(origin.uuid());
    Optional<Volume> target = snapshots.stream().filter(SnapshotChange::isRollingBack).findFirst();
    if (target.isPresent()) {
      return rollingBack(what, origin, target.get());
    }
    if (snapshots.size() >= SNAPSHOTS_MAX) {
      String why = "volume %s has %d snapshots, the most".formatted(origin.name(), SNAPSHOTS_MAX);
      return impossible(what, why, "delete one of them");
    }
    return Optional.empty();
  }

  private static boolean isRollingBack(Volume volume) {
    return volume.snapshotOf().map(SnapshotOf::rollingBack).orElse(false);
  }

  private static Optional<GroupChange> rollingBack(String what, Volume origin, Volume target) {
    String why =
        "volume %s is being put back to snapshot %s".formatted(origin.name(), target.name());
    return impossible(what, why, "try again when that is done");
  }

  /// Begins to put the origin of a snapshot back to it.
  public static GroupChange rollBack(VolumeGroup group, String name) {
    String what = "The volume was not put back to snapshot " + VolumeName.shown(name);
    Optional<Volume> store =
        GroupEdits.visible(group, name).filter(volume -> volume.snapshotOf().isPresent());
    if (store.isEmpty()) {
      return GroupEdits.impossible(
          what, "there is no snapshot of that name", "see the list of snapshots");
    }
    if (isRollingBack(store.get())) {
      return new Unchanged();
    }
    SnapshotOf of = store.get().snapshotOf().orElseThrow();
    Volume origin = group.volumeByUuid(of.originUuid()).orElseThrow();
    for (Volume other : group.snapshotsOf(origin.uuid())) {
      if (isRollingBack(other)) {
        return rollingBack(what, origin, other).orElseThrow();
      }
    }
    Volume target = store.get().withSnapshotOf(of.rollingBackNow());
    return new Planned(
        GroupEdits.next(group, GroupEdits.replaced(group, store.get(), target)), List.of());
  }

  /// The origin of a snapshot has been put back to it, and the snapshot goes.
  public static GroupChange rolledBack(VolumeGroup group, String storeUuid) {
    Optional<Volume> store = group.volumeByUuid(storeUuid).filter(SnapshotChange::isRollingBack);
    return store.isEmpty()
        ? new Unchanged()
        : new Planned(GroupEdits.next(group, without(group, store.get())), List.of());
  }

  /// The volumes without this one, and without what ties it to its origin.
  static List<Volume> without(VolumeGroup group, Volume volume) {
    List<Volume> volumes = new ArrayList<>(group.volumes());
    volumes.remove(volume);
    volume.snapshotOf().ifPresent(of -> volumes.removeIf(v -> v.uuid().equals(of.linkUuid())));
    return volumes;
  }

  /// What stands against deleting a volume.
  static Optional<GroupChange> deleteFault(VolumeGroup group, Volume volume) {
    String what = "Volume " + VolumeName.shown(volume.name()) + " was not deleted";
    if (isRollingBack(volume)) {
      Volume origin =
          group.volumeByUuid(volume.snapshotOf().orElseThrow().originUuid()).orElseThrow();
      String why = "volume %s is being put back to it".formatted(origin.name());
      return impossible(what, why, "it goes by itself when that is done");
    }
    List<Volume> snapshots = group.snapshotsOf(volume.uuid());
    if (snapshots.isEmpty()) {
      return Optional.empty();
    }
    String names = snapshots.stream().map(Volume::name).collect(Collectors.joining(", "));
    return impossible(what, "it has snapshots: " + names, DELETE_FIRST);
  }

  /// What stands against giving a volume another size.
  static Optional<GroupChange> resizeFault(
      String what, VolumeGroup group, Volume volume, long extents) {
    if (volume.snapshotOf().isPresent()) {
      if (isRollingBack(volume)) {
        return impossible(
            what, "its origin is being put back to it", "try again when that is done");
      }
      return extents > volume.extentCount()
          ? Optional.empty()
          : impossible(
              what,
              "the room of a snapshot, %s, only grows"
                  .formatted(GroupEdits.size(group, volume.extentCount())),
              "delete the snapshot if it is not needed");
    }
    long kept = 0;
    for (Volume snapshot : group.snapshotsOf(volume.uuid())) {
      if (isRollingBack(snapshot)) {
        return rollingBack(what, volume, snapshot);
      }
      long size = snapshot.snapshotOf().orElseThrow().sizeBytes();
      kept = Math.max(kept, size / group.extentSizeBytes());
    }
    return extents >= kept
        ? Optional.empty()
        : impossible(
            what,
            "it has snapshots of the %s that it had".formatted(GroupEdits.size(group, kept)),
            DELETE_FIRST);
  }

  private static Optional<GroupChange> impossible(String what, String why, String action) {
    return Optional.of(GroupEdits.impossible(what, why, action));
  }
}
