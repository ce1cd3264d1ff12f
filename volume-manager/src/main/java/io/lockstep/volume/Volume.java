package io.lockstep.volume;

import java.util.List;

/// A logical volume (LV). Immutable.
///
/// @param name unique in the group
/// @param uuid LVM's identifier; stays through a rename
/// @param sizeBytes whole extents
/// @param access what LVM's status flags allow
/// @param segments where the data lies, by rising `startExtent`, without gaps
public record Volume(
    String name, String uuid, long sizeBytes, Access access, List<Segment> segments) {
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

  /// Logical extents of the volume.
  public long extentCount() {
    return segments.stream().mapToLong(Segment::extentCount).sum();
  }

  Volume withName(String newName) {
    return new Volume(newName, uuid, sizeBytes, access, segments);
  }

  Volume withSegments(long newSizeBytes, List<Segment> newSegments) {
    return new Volume(name, uuid, newSizeBytes, access, newSegments);
  }
}
