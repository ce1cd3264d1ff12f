package io.lockstep.sim;

import org.jspecify.annotations.Nullable;

/// What a [SimHost] is.
///
/// @param id which node of the pair: 0 or 1
/// @param blockBytes logical block of the mirror; that of the disk may be larger
/// @param snapshot what is on the disk; null if it is blank
record HostSetup(
    int id, SimDiskOptions disk, int blockBytes, SimMedia.@Nullable Snapshot snapshot) {
  HostSetup(int id, SimDiskOptions disk, int blockBytes) {
    this(id, disk, blockBytes, null);
  }

  SimMedia media(long seed) {
    return snapshot == null ? new SimMedia(disk, seed) : new SimMedia(disk, seed, snapshot);
  }
}
