package io.lockstep.volume;

import java.util.List;
import java.util.Optional;

/// A logical volume (LV). Immutable.
///
/// @param name unique in the group
/// @param uuid LVM's identifier; stays through a rename
/// @param sizeBytes whole extents
/// @param access what LVM's status flags allow
/// @param segments where the data lies, by rising `startExtent`, without gaps; for a snapshot,
///     where its store lies
/// @param snapshotOf what makes it a snapshot; empty for every other volume
public record Volume(
    String name,
    String uuid,
    long sizeBytes,
    Access access,
    List<Segment> segments,
    Optional<SnapshotOf> snapshotOf) {
  /// What may be done with a volume.
  public enum Access {
    READ_WRITE,
    READ_ONLY,
    /// Part of another volume; not for people (no `VISIBLE` flag).
    INTERNAL
  }

  public Volume {
    segments = List.copyOf(segments);
  }

  /// A volume that is no snapshot.
  public Volume(String name, String uuid, long sizeBytes, Access access, List<Segment> segments) {
    this(name, uuid, sizeBytes, access, segments, Optional.empty());
  }

  /// The size that a host sees: a snapshot's is that of its origin then.
  public long hostBytes() {
    return snapshotOf.map(SnapshotOf::sizeBytes).orElse(sizeBytes);
  }

  /// Logical extents of the volume.
  public long extentCount() {
    return segments.stream().mapToLong(Segment::extentCount).sum();
  }

  Volume withName(String newName) {
    return new Volume(newName, uuid, sizeBytes, access, segments, snapshotOf);
  }

  Volume withSegments(long newSizeBytes, List<Segment> newSegments) {
    return new Volume(name, uuid, newSizeBytes, access, newSegments, snapshotOf);
  }

  Volume withSnapshotOf(SnapshotOf of) {
    return new Volume(name, uuid, sizeBytes, access, segments, Optional.of(of));
  }
}
