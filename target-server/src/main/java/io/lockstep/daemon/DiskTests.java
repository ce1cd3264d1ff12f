package io.lockstep.daemon;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Loop;

/// Puts the filters around the backing disk that the configuration's test switches ask for.
final class DiskTests {
  private DiskTests() {}

  static BlockDevice around(BlockDevice disk, Loop loop, DaemonConfig.Disk config) {
    return disk;
  }
}
