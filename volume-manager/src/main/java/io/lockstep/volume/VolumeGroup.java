package io.lockstep.volume;

import io.lockstep.volume.Segment.Stripe;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The model of a volume group (VG), the same for both engines: which volume holds which extents.
/// Immutable; a change makes the next one.
///
/// **Invariants**, held by whoever builds one and shown by [#fault]: every stripe lies inside a PV
/// of the group, no extent belongs to two stripes, names and UUIDs are unique, the segments of a
/// volume follow each other without gaps.
///
/// @param name the group's name
/// @param uuid LVM's identifier
/// @param sequenceNumber `seqno`
/// @param extentSizeBytes size of an extent
/// @param physicalVolumes the disks, in the order of the metadata
/// @param volumes all LVs, internal ones too, in the order of the metadata
public record VolumeGroup(
    String name,
    String uuid,
    long sequenceNumber,
    long extentSizeBytes,
    List<PhysicalVolume> physicalVolumes,
    List<Volume> volumes) {
  /// Sizes of volumes are multiples of this, and of the extent.
  public static final long SIZE_STEP_BYTES = 4L << 20;

  /// Extents that one PV may have: LVM counts them in 32 bits.
  public static final long EXTENT_COUNT_MAX = 0xffff_ffffL;

  public VolumeGroup {
    physicalVolumes = List.copyOf(physicalVolumes);
    volumes = List.copyOf(volumes);
  }

  /// A run of physical extents of one PV.
  public record Run(String physicalVolume, long startExtent, long extentCount) {}

  public Optional<Volume> volume(String volumeName) {
    return volumes.stream().filter(volume -> volume.name().equals(volumeName)).findFirst();
  }

  public Optional<Volume> volumeByUuid(String volumeUuid) {
    return volumes.stream().filter(volume -> volume.uuid().equals(volumeUuid)).findFirst();
  }

  /// The snapshots of a volume, in the order of the metadata.
  public List<Volume> snapshotsOf(String originUuid) {
    return volumes.stream()
        .filter(
            volume ->
                volume.snapshotOf().map(SnapshotOf::originUuid).stream()
                    .anyMatch(originUuid::equals))
        .toList();
  }

  public Optional<PhysicalVolume> physicalVolume(String volumeUuid) {
    return physicalVolumes.stream().filter(pv -> pv.uuid().equals(volumeUuid)).findFirst();
  }

  /// Where the extents of one of its disks lie.
  public ExtentLayout layout(PhysicalVolume pv) {
    return new ExtentLayout(pv.extentStartBytes(), extentSizeBytes);
  }

  public long extentCount() {
    return physicalVolumes.stream().mapToLong(PhysicalVolume::extentCount).sum();
  }

  /// Runs of extents that belong to no volume, in the order of the PVs and extents.
  public List<Run> freeRuns() {
    List<Run> runs = new ArrayList<>();
    for (PhysicalVolume pv : physicalVolumes) {
      long next = 0;
      for (Used used : usedRuns(pv.uuid())) {
        addRun(runs, pv.uuid(), next, used.start());
        next = used.end();
      }
      addRun(runs, pv.uuid(), next, pv.extentCount());
    }
    return runs;
  }

  private static void addRun(List<Run> runs, String physicalVolume, long start, long end) {
    if (start < end) {
      runs.add(new Run(physicalVolume, start, end - start));
    }
  }

  public long freeExtentCount() {
    return freeRuns().stream().mapToLong(Run::extentCount).sum();
  }

  public GroupStatus status(PhysicalVolume pv, Optional<String> readOnlyReason) {
    return new GroupStatus(
        name, uuid, layout(pv), extentCount(), freeExtentCount(), sequenceNumber, readOnlyReason);
  }

  /// The first broken invariant as a clause; empty if all hold.
  public Optional<String> fault() {
    return physicalVolumeFault()
        .or(this::volumeFault)
        .or(this::overlapFault)
        .or(this::snapshotFault);
  }

  private Optional<String> snapshotFault() {
    Map<String, Volume> links = new HashMap<>();
    for (Volume store : volumes) {
      if (store.snapshotOf().isPresent()) {
        SnapshotOf of = store.snapshotOf().get();
        Optional<Volume> origin = volumeByUuid(of.originUuid());
        if (origin.isEmpty() || origin.get().snapshotOf().isPresent()) {
          return Optional.of("snapshot " + store.name() + " has no origin");
        }
        if (volumeByUuid(of.linkUuid()).isEmpty()) {
          return Optional.of("nothing ties snapshot " + store.name() + " to its origin");
        }
        if (links.put(of.linkUuid(), store) != null) {
          return Optional.of("two snapshots have the link " + of.linkUuid());
        }
        if (of.sizeBytes() > origin.get().sizeBytes()) {
          return Optional.of("snapshot " + store.name() + " is larger than its origin");
        }
      }
    }
    return Optional.empty();
  }

  private Optional<String> physicalVolumeFault() {
    Map<String, PhysicalVolume> seen = new HashMap<>();
    for (PhysicalVolume pv : physicalVolumes) {
      if (seen.put(pv.uuid(), pv) != null) {
        return Optional.of("two physical volumes have the UUID " + pv.uuid());
      }
      if (pv.extentCount() < 0 || pv.extentCount() > EXTENT_COUNT_MAX) {
        return Optional.of("a physical volume has " + pv.extentCount() + " extents");
      }
      if (pv.extentStartBytes() < 0
          || pv.extentCount() > (Long.MAX_VALUE - pv.extentStartBytes()) / extentSizeBytes) {
        return Optional.of("physical volume " + pv.uuid() + " is larger than any disk");
      }
    }
    return Optional.empty();
  }

  private Optional<String> volumeFault() {
    Map<String, Volume> names = new HashMap<>();
    Map<String, Volume> uuids = new HashMap<>();
    for (Volume volume : volumes) {
      if (names.put(volume.name(), volume) != null) {
        return Optional.of("two volumes are called " + volume.name());
      }
      if (uuids.put(volume.uuid(), volume) != null) {
        return Optional.of("two volumes have the UUID " + volume.uuid());
      }
      long next = 0;
      for (Segment segment : volume.segments()) {
        if (segment.startExtent() != next) {
          return Optional.of(
              "volume %s has a segment at extent %d where %d was due"
                  .formatted(volume.name(), segment.startExtent(), next));
        }
        next = Math.addExact(next, segment.extentCount());
      }
      if (next > Long.MAX_VALUE / extentSizeBytes || volume.sizeBytes() != next * extentSizeBytes) {
        return Optional.of("volume " + volume.name() + " is not as large as its segments");
      }
    }
    return Optional.empty();
  }

  private Optional<String> overlapFault() {
    for (Volume volume : volumes) {
      for (Segment segment : volume.segments()) {
        for (Stripe stripe : segment.stripes()) {
          long count =
              physicalVolume(stripe.physicalVolume()).map(PhysicalVolume::extentCount).orElse(0L);
          long end = stripe.startExtent() + segment.stripeExtentCount();
          if (stripe.startExtent() < 0 || end < 0 || end > count) {
            return Optional.of(
                "volume %s uses extents %d to %d of a physical volume that has %d"
                    .formatted(volume.name(), stripe.startExtent(), end - 1, count));
          }
        }
      }
    }
    return physicalVolumes.stream().flatMap(pv -> overlapFault(pv).stream()).findFirst();
  }

  private Optional<String> overlapFault(PhysicalVolume pv) {
    Used last = new Used("", 0, 0);
    for (Used used : usedRuns(pv.uuid())) {
      if (used.start() < last.end()) {
        return Optional.of(
            "extent %d belongs to volume %s and to volume %s"
                .formatted(used.start(), last.volume(), used.volume()));
      }
      last = used;
    }
    return Optional.empty();
  }

  /// Which extents of a PV are taken, by rising start.
  private List<Used> usedRuns(String physicalVolume) {
    List<Used> runs = new ArrayList<>();
    for (Volume volume : volumes) {
      for (Segment segment : volume.segments()) {
        for (Stripe stripe : segment.stripes()) {
          if (stripe.physicalVolume().equals(physicalVolume)) {
            long start = stripe.startExtent();
            runs.add(new Used(volume.name(), start, start + segment.stripeExtentCount()));
          }
        }
      }
    }
    runs.sort(Comparator.comparingLong(Used::start));
    return runs;
  }

  private record Used(String volume, long start, long end) {}
}
