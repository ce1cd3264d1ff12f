package io.lockstep.volume;

import io.lockstep.block.ByteSize;
import io.lockstep.block.Refusal;
import io.lockstep.volume.Segment.Stripe;
import io.lockstep.volume.VolumeGroup.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// What the changes of a group have in common: taking extents, putting a volume in another's place,
/// and what stands against a name or a size. Pure.
final class GroupEdits {
  private GroupEdits() {}

  /// The first free runs that hold `extents` together.
  static Optional<List<Run>> allocate(VolumeGroup group, long extents) {
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

  static void appendRuns(List<Segment> segments, List<Run> runs) {
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

  static List<Volume> replaced(VolumeGroup group, Volume old, Volume changed) {
    List<Volume> volumes = new ArrayList<>(group.volumes());
    volumes.replaceAll((UnaryOperator<Volume>) volume -> volume.equals(old) ? changed : volume);
    return volumes;
  }

  static VolumeGroup next(VolumeGroup group, List<Volume> volumes) {
    return new VolumeGroup(
        group.name(),
        group.uuid(),
        group.sequenceNumber() + 1,
        group.extentSizeBytes(),
        group.physicalVolumes(),
        volumes);
  }

  static Optional<Volume> visible(VolumeGroup group, String name) {
    return group.volume(name).filter(volume -> volume.access() != Volume.Access.INTERNAL);
  }

  static long extents(VolumeGroup group, long sizeBytes) {
    long stepped = roundUp(sizeBytes, VolumeGroup.SIZE_STEP_BYTES);
    return roundUp(stepped, group.extentSizeBytes()) / group.extentSizeBytes();
  }

  private static long roundUp(long value, long step) {
    return Math.ceilDiv(value, step) * step;
  }

  static Optional<GroupChange> nameFault(String what, VolumeGroup group, String name) {
    Optional<String> fault = VolumeName.fault(group.name(), name);
    if (fault.isPresent()) {
      return Optional.of(impossible(what, fault.get(), "choose another name"));
    }
    return group
        .volume(name)
        .map(taken -> impossible(what, "there is a volume " + name, "choose another name"));
  }

  static Optional<GroupChange> sizeFault(String what, long sizeBytes) {
    if (sizeBytes > 0 && sizeBytes <= GroupChange.SIZE_BYTES_MAX) {
      return Optional.empty();
    }
    return Optional.of(
        impossible(
            what, sizeBytes + " bytes is no size for a volume", "choose a size of 4 MiB or more"));
  }

  static GroupChange unknown(String what) {
    return impossible(what, "there is no volume of that name", "see the list of volumes");
  }

  static GroupChange noSpace(String what, VolumeGroup group, long extents) {
    return impossible(
        what,
        "it needs %s, and the group has %s free"
            .formatted(size(group, extents), size(group, group.freeExtentCount())),
        "choose a smaller size or delete a volume");
  }

  static GroupChange impossible(String what, String why, String action) {
    return new GroupChange.Impossible(new Refusal(what, why, action));
  }

  static String size(VolumeGroup group, long extents) {
    return ByteSize.exact(extents * group.extentSizeBytes());
  }
}
