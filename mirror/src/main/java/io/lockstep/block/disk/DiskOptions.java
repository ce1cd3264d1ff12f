package io.lockstep.block.disk;

import java.util.Optional;

/// How to open a local disk. Immutable.
///
/// @param declaredSizes block sizes to offer instead of the device's own, for tests and for disks
///     that lie about theirs; not below what direct I/O needs
/// @param direct whether to go past the page cache where the file system allows it
public record DiskOptions(Optional<BlockSizes> declaredSizes, boolean direct) {
  /// Direct I/O, the device's own block sizes.
  public static final DiskOptions DEFAULT = new DiskOptions(Optional.empty(), true);

  /// Direct I/O, `sizes` instead of the device's own.
  public static DiskOptions declaring(BlockSizes sizes) {
    return new DiskOptions(Optional.of(sizes), true);
  }
}
