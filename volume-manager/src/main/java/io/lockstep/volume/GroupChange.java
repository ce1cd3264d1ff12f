package io.lockstep.volume;

import io.lockstep.block.ByteSize;
import io.lockstep.block.Refusal;
import io.lockstep.volume.Segment.Stripe;
import io.lockstep.volume.VolumeGroup.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// What a change makes of a group: pure functions from one [VolumeGroup] to the next. Extents are
/// taken by first fit, in as many segments as it needs; a run that goes on where the volume ends
/// lengthens its last segment.
public sealed interface GroupChange {
  /// Larger than this no disk is; keeps the arithmetic of sizes from overflowing.
  long SIZE_BYTES_MAX = 1L << 60;

  /// The change can be committed.
  ///
  /// @param next the group after it, `seqno` one higher
  /// @param added runs of extents that the change takes; they must read as zeroes before the commit
  record Planned(VolumeGroup next, List<Run> added) implements GroupChange {}

  /// The group is so already.
  record Unchanged() implements GroupChange {}

  /// The change is not possible.
  record Impossible(Refusal refusal) implements GroupChange {}

  static GroupChange create(VolumeGroup group, String name, String uuid, long sizeBytes) {
    String what = "Volume " + VolumeName.shown(name) + " was not created";
    Optional<GroupChange> fault = nameFault(what, group, name).or(() -> sizeFault(what, sizeBytes));
    if (fault.isPresent()) {
      return fault.get();
    }
    long extents = extents(group, sizeBytes);
    Optional<List<Run>> runs = allocate(group, extents);
    if (runs.isEmpty()) {
      return noSpace(what, group, extents);
    }
    List<Segment> segments = new ArrayList<>();
    appendRuns(segments, runs.get());
    long size = extents * group.extentSizeBytes();
    List<Volume> volumes = new ArrayList<>(group.volumes());
    volumes.add(new Volume(name, uuid, size, Volume.Access.READ_WRITE, segments));
    return new Planned(next(group, volumes), runs.get());
  }

  static GroupChange resize(VolumeGroup group, String name, long sizeBytes, boolean shrinkAllowed) {
    String what = "Volume " + VolumeName.shown(name) + " was not resized";
    Optional<GroupChange> fault = sizeFault(what, sizeBytes);
    if (fault.isPresent()) {
      return fault.get();
    }
    Optional<Volume> volume = visible(group, name);
    if (volume.isEmpty()) {
      return unknown(what);
    }
    long extents = extents(group, sizeBytes);
    long present = volume.get().extentCount();
    if (extents == present) {
      return new Unchanged();
    }
    if (extents > present) {
      return extend(what, group, volume.get(), extents - present);
    }
    if (!shrinkAllowed) {
      return impossible(
          what,
          "%s is less than the %s it has, and what lies beyond would be lost"
              .formatted(size(group, extents), size(group, present)),
          "shrink the file system first, then allow it (on the command line: --shrink)");
    }
    return new Planned(
        next(group, replaced(group, volume.get(), shrunk(volume.get(), group, extents))),
        List.of());
  }

  static GroupChange rename(VolumeGroup group, String name, String newName) {
    String what = "Volume " + VolumeName.shown(name) + " was not renamed";
    Optional<Volume> volume = visible(group, name);
    if (volume.isPresent() && newName.equals(name)) {
      return new Unchanged();
    }
    Optional<GroupChange> fault = nameFault(what, group, newName);
    if (fault.isPresent()) {
      return fault.get();
    }
    return volume.isEmpty()
        ? unknown(what)
        : new Planned(
            next(group, replaced(group, volume.get(), volume.get().withName(newName))), List.of());
  }

  static GroupChange delete(VolumeGroup group, String name) {
    Optional<Volume> volume = visible(group, name);
    if (volume.isEmpty()) {
      return unknown("Volume " + VolumeName.shown(name) + " was not deleted");
    }
    List<Volume> volumes = new ArrayList<>(group.volumes());
    volumes.remove(volume.get());
    return new Planned(next(group, volumes), List.of());
  }

  private static GroupChange extend(String what, VolumeGroup group, Volume volume, long extents) {
    Optional<List<Run>> runs = allocate(group, extents);
    if (runs.isEmpty()) {
      return noSpace(what, group, extents);
    }
    List<Segment> segments = new ArrayList<>(volume.segments());
    appendRuns(segments, runs.get());
    long size = (volume.extentCount() + extents) * group.extentSizeBytes();
    Volume larger = volume.withSegments(size, segments);
    return new Planned(next(group, replaced(group, volume, larger)), runs.get());
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

  /// The first free runs that hold `extents` together.
  private static Optional<List<Run>> allocate(VolumeGroup group, long extents) {
    List<Run> taken = new ArrayList<>();
    long missing = extents;
    for (Run run : group.freeRuns()) {
      if (missing > 0 && isAllocatable(group, run)) {
        long count = Math.min(missing, run.extentCount());
        taken.add(new Run(run.physicalVolume(), run.startExtent(), count));
        missing -= count;
      }
    }
    return missing == 0 ? Optional.of(taken) : Optional.empty();
  }

  private static boolean isAllocatable(VolumeGroup group, Run run) {
    return group
        .physicalVolume(run.physicalVolume())
        .map(PhysicalVolume::allocatable)
        .orElse(false);
  }

  private static void appendRuns(List<Segment> segments, List<Run> runs) {
    for (Run run : runs) {
      Segment last = segments.isEmpty() ? null : segments.getLast();
      if (last != null && continues(last, run)) {
        segments.removeLast();
        segments.add(
            Segment.linear(
                last.startExtent(),
                last.extentCount() + run.extentCount(),
                last.stripes().getFirst()));
      } else {
        long start = last == null ? 0 : last.startExtent() + last.extentCount();
        Stripe stripe = new Stripe(run.physicalVolume(), run.startExtent());
        segments.add(Segment.linear(start, run.extentCount(), stripe));
      }
    }
  }

  private static boolean continues(Segment last, Run run) {
    return last.stripes().size() == 1
        && last.stripes()
            .getFirst()
            .equals(new Stripe(run.physicalVolume(), run.startExtent() - last.extentCount()));
  }

  private static List<Volume> replaced(VolumeGroup group, Volume old, Volume changed) {
    List<Volume> volumes = new ArrayList<>(group.volumes());
    volumes.replaceAll((UnaryOperator<Volume>) volume -> volume.equals(old) ? changed : volume);
    return volumes;
  }

  private static VolumeGroup next(VolumeGroup group, List<Volume> volumes) {
    return new VolumeGroup(
        group.name(),
        group.uuid(),
        group.sequenceNumber() + 1,
        group.extentSizeBytes(),
        group.physicalVolumes(),
        volumes);
  }

  private static Optional<Volume> visible(VolumeGroup group, String name) {
    return group.volume(name).filter(volume -> volume.access() != Volume.Access.INTERNAL);
  }

  private static long extents(VolumeGroup group, long sizeBytes) {
    long stepped = roundUp(sizeBytes, VolumeGroup.SIZE_STEP_BYTES);
    return roundUp(stepped, group.extentSizeBytes()) / group.extentSizeBytes();
  }

  private static long roundUp(long value, long step) {
    return Math.ceilDiv(value, step) * step;
  }

  private static Optional<GroupChange> nameFault(String what, VolumeGroup group, String name) {
    Optional<String> fault = VolumeName.fault(group.name(), name);
    if (fault.isPresent()) {
      return Optional.of(impossible(what, fault.get(), "choose another name"));
    }
    return group
        .volume(name)
        .map(taken -> impossible(what, "there is a volume " + name, "choose another name"));
  }

  private static Optional<GroupChange> sizeFault(String what, long sizeBytes) {
    if (sizeBytes > 0 && sizeBytes <= SIZE_BYTES_MAX) {
      return Optional.empty();
    }
    return Optional.of(
        impossible(
            what, sizeBytes + " bytes is no size for a volume", "choose a size of 4 MiB or more"));
  }

  private static GroupChange unknown(String what) {
    return impossible(what, "there is no volume of that name", "see the list of volumes");
  }

  private static GroupChange noSpace(String what, VolumeGroup group, long extents) {
    return impossible(
        what,
        "it needs %s, and the group has %s free"
            .formatted(size(group, extents), size(group, group.freeExtentCount())),
        "choose a smaller size or delete a volume");
  }

  private static GroupChange impossible(String what, String why, String action) {
    return new Impossible(new Refusal(what, why, action));
  }

  private static String size(VolumeGroup group, long extents) {
    return ByteSize.exact(extents * group.extentSizeBytes());
  }
}
