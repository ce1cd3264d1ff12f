package io.lockstep.daemon;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.filter.DelayFilter;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.block.filter.LogFilter;
import io.lockstep.block.filter.VolatileCacheFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts the filters around the backing disk that the configuration's test switches ask for; none
/// without them. Whoever forgets them on a disk that matters must be told: in the log at the start,
/// and in the status as long as the node runs.
final class DiskTests {
  /// How much a volatile cache may hold: more than the daemon leaves unflushed for long.
  private static final long CACHE_BYTES_MAX = 64L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(DiskTests.class);

  private DiskTests() {}

  /// The disk under all that is asked for: what forgets lies lowest, what tells lies on top.
  static BlockDevice around(
      BlockDevice disk, Loop loop, BufferPool pool, DaemonConfig.Test config) {
    List<String> on = on(config);
    if (!on.isEmpty()) {
      LOG.warn(
          "THE DISK OF THIS NODE IS SLOW, FAILS OR FORGETS ON PURPOSE, which is for tests only: {}."
              + " Take the section `test:` out of the configuration before the disk holds anything"
              + " that matters.",
          String.join(", ", on));
    }
    return around(disk, loop, pool, config, line -> LOG.info("disk: {}", line));
  }

  static BlockDevice around(
      BlockDevice disk,
      Loop loop,
      BufferPool pool,
      DaemonConfig.Test config,
      Consumer<String> lines) {
    BlockDevice device = config.noDiscard() ? new MissingDiscard(disk) : disk;
    if (config.volatileCache()) {
      device = new VolatileCacheFilter(device, loop, pool, CACHE_BYTES_MAX);
    }
    if (config.missingFlush()) {
      device = new MissingFlush(device, loop);
    }
    DaemonConfig.Filters filters = config.filters();
    if (filters.failReads() > 0 || filters.failWrites() > 0) {
      device = faults(device, loop, filters);
    }
    if (filters.delayMicros() > 0) {
      long nanos = TimeUnit.MICROSECONDS.toNanos(filters.delayMicros());
      device = new DelayFilter(device, loop, () -> nanos);
    }
    return filters.logsIo() ? new LogFilter(device, lines) : device;
  }

  private static BlockDevice faults(BlockDevice disk, Loop loop, DaemonConfig.Filters filters) {
    var dice = new SplittableRandom();
    var device = new FaultFilter(disk, loop);
    device.failing(
        operation -> {
          int oneOf =
              switch (operation.kind()) {
                case READ -> filters.failReads();
                case WRITE -> filters.failWrites();
                case FLUSH, DISCARD, WRITE_ZEROES -> 0;
              };
          return oneOf > 0 && dice.nextInt(oneOf) == 0
              ? IoResult.mediumError("a test switch of the configuration wants it so")
              : IoResult.OK;
        });
    return device;
  }

  /// What is on, as the configuration writes it.
  static List<String> on(DaemonConfig.Test config) {
    List<String> on = new ArrayList<>();
    DaemonConfig.Filters filters = config.filters();
    flag(on, "noDiscard", config.noDiscard());
    flag(on, "volatileCache", config.volatileCache());
    flag(on, "missingFlush", config.missingFlush());
    number(on, "delayMicros", filters.delayMicros());
    number(on, "failReads", filters.failReads());
    number(on, "failWrites", filters.failWrites());
    flag(on, "logIo", filters.logsIo());
    return on;
  }

  private static void flag(List<String> on, String key, boolean value) {
    if (value) {
      on.add("test." + key);
    }
  }

  private static void number(List<String> on, String key, int value) {
    if (value > 0) {
      on.add("test." + key + " " + value);
    }
  }
}
