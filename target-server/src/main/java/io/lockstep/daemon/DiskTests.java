package io.lockstep.daemon;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import io.lockstep.block.filter.VolatileCacheFilter;

/// Puts the filters around the backing disk that the configuration's test switches ask for; none
/// without them.
final class DiskTests {
  /// How much a volatile cache may hold: more than the daemon leaves unflushed for long.
  private static final long CACHE_BYTES_MAX = 64L << 20;

  private DiskTests() {}

  static BlockDevice around(
      BlockDevice disk, Loop loop, BufferPool pool, DaemonConfig.Test config) {
    BlockDevice device = disk;
    if (config.volatileCache()) {
      device = new VolatileCacheFilter(device, loop, pool, CACHE_BYTES_MAX);
    }
    return config.missingFlush() ? new MissingFlush(device, loop) : device;
  }
}
