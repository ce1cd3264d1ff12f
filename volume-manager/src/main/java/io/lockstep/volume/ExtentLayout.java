package io.lockstep.volume;

/// Where the physical extents of a disk lie. Immutable.
///
/// @param startBytes where the first one begins on the disk (`pe_start`)
/// @param sizeBytes the group's unit
public record ExtentLayout(long startBytes, long sizeBytes) {
  /// Of a disk without a group, or of which nothing is known.
  public static final ExtentLayout NONE = new ExtentLayout(0, 0);

  /// Where an extent begins on the disk.
  public long offset(long extent) {
    return startBytes + extent * sizeBytes;
  }
}
