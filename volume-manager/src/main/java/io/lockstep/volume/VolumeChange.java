package io.lockstep.volume;

import io.lockstep.volume.VolumeGroup.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The changes of a group that are about volumes: pure functions from one [VolumeGroup] to the
/// next. Extents are taken by first fit, in as many segments as it needs; a run that goes on where
/// the volume ends lengthens its last segment.
public final class VolumeChange {
  private VolumeChange() {}

  public static GroupChange create(VolumeGroup group, String name, String uuid, long sizeBytes) {
    String what = "Volume " + VolumeName.shown(name) + " was not created";
    Optional<GroupChange> fault =
        GroupEdits.nameFault(what, group, name).or(() -> GroupEdits.sizeFault(what, sizeBytes));
    if (fault.isPresent()) {
      return fault.get();
    }
    long extents = GroupEdits.extents(group, sizeBytes);
    Optional<List<Run>> runs = GroupEdits.allocate(group, extents);
    if (runs.isEmpty()) {
      return GroupEdits.noSpace(what, group, extents);
    }
    List<Segment> segments = new ArrayList<>();
    GroupEdits.appendRuns(segments, runs.get());
    long size = extents * group.extentSizeBytes();
    List<Volume> volumes = new ArrayList<>(group.volumes());
    volumes.add(new Volume(name, uuid, size, Volume.Access.READ_WRITE, segments));
    return new GroupChange.Planned(GroupEdits.next(group, volumes), runs.get());
  }

  public static GroupChange resize(
      VolumeGroup group, String name, long sizeBytes, boolean shrinkAllowed) {
    String what = "Volume " + VolumeName.shown(name) + " was not resized";
    Optional<GroupChange> fault = GroupEdits.sizeFault(what, sizeBytes);
    if (fault.isPresent()) {
      return fault.get();
    }
    Optional<Volume> volume = GroupEdits.visible(group, name);
    if (volume.isEmpty()) {
      return GroupEdits.unknown(what);
    }
    long extents = GroupEdits.extents(group, sizeBytes);
    long present = volume.get().extentCount();
    if (extents == present) {
      return new GroupChange.Unchanged();
    }
    Optional<GroupChange> snapshots =
        SnapshotChange.resizeFault(what, group, volume.get(), extents);
    if (snapshots.isPresent()) {
      return snapshots.get();
    }
    if (extents > present) {
      return extend(what, group, volume.get(), extents - present);
    }
    if (!shrinkAllowed) {
      return GroupEdits.impossible(
          what,
          "%s is less than the %s it has, and what lies beyond would be lost"
              .formatted(GroupEdits.size(group, extents), GroupEdits.size(group, present)),
          "shrink the file system first, then allow it (on the command line: --shrink)");
    }
    return new GroupChange.Planned(
        GroupEdits.next(
            group, GroupEdits.replaced(group, volume.get(), shrunk(volume.get(), group, extents))),
        List.of());
  }

  public static GroupChange rename(VolumeGroup group, String name, String newName) {
    String what = "Volume " + VolumeName.shown(name) + " was not renamed";
    Optional<Volume> volume = GroupEdits.visible(group, name);
    if (volume.isPresent() && newName.equals(name)) {
      return new GroupChange.Unchanged();
    }
    Optional<GroupChange> fault = GroupEdits.nameFault(what, group, newName);
    if (fault.isPresent()) {
      return fault.get();
    }
    return volume.isEmpty()
        ? GroupEdits.unknown(what)
        : new GroupChange.Planned(
            GroupEdits.next(
                group, GroupEdits.replaced(group, volume.get(), volume.get().withName(newName))),
            List.of());
  }

  public static GroupChange delete(VolumeGroup group, String name) {
    Optional<Volume> volume = GroupEdits.visible(group, name);
    if (volume.isEmpty()) {
      return GroupEdits.unknown("Volume " + VolumeName.shown(name) + " was not deleted");
    }
    Optional<GroupChange> fault = SnapshotChange.deleteFault(group, volume.get());
    return fault.orElseGet(
        () ->
            new GroupChange.Planned(
                GroupEdits.next(group, SnapshotChange.without(group, volume.get())), List.of()));
  }

  private static GroupChange extend(String what, VolumeGroup group, Volume volume, long extents) {
    Optional<List<Run>> runs = GroupEdits.allocate(group, extents);
    if (runs.isEmpty()) {
      return GroupEdits.noSpace(what, group, extents);
    }
    List<Segment> segments = new ArrayList<>(volume.segments());
    GroupEdits.appendRuns(segments, runs.get());
    long size = (volume.extentCount() + extents) * group.extentSizeBytes();
    Volume larger = volume.withSegments(size, segments);
    // What a store holds behind its table nobody reads.
    List<Run> added = volume.snapshotOf().isPresent() ? List.of() : runs.get();
    return new GroupChange.Planned(
        GroupEdits.next(group, GroupEdits.replaced(group, volume, larger)), added);
  }

  private static Volume shrunk(Volume volume, VolumeGroup group, long extents) {
    List<Segment> segments = new ArrayList<>();
    long end = 0;
    for (Segment segment : volume.segments()) {
      long keep = Math.min(segment.extentCount(), extents - segment.startExtent());
      int stripes = Math.max(segment.stripes().size(), 1);
      keep = (keep + stripes - 1) / stripes * stripes;
      if (keep > 0) {
        segments.add(
            new Segment(
                segment.startExtent(),
                keep,
                segment.type(),
                segment.stripeSizeBytes(),
                segment.stripes()));
        end = segment.startExtent() + keep;
      }
    }
    return volume.withSegments(end * group.extentSizeBytes(), segments);
  }
}
