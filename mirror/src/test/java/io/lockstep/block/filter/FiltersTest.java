package io.lockstep.block.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.CrashDevice;
import io.lockstep.block.DeviceDriver;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What each filter does beyond the contract.
@Tag("unit")
final class FiltersTest {
  private static final int SIZE_BYTES = 1 << 20;
  private static final IoResult BROKEN = IoResult.mediumError("broken on purpose");

  private final LoopDriver driver = LoopDriver.virtual();
  private final BufferPool pool = new BufferPool(0);
  private final MemoryDevice memory = new MemoryDevice(driver.loop(), SIZE_BYTES, 512, 4096);
  private final DeviceDriver below = new DeviceDriver(driver, memory);

  private static byte[] filled(int length, int value) {
    var bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void theLogHasEachOperationWithItsEnd() {
    var fault = new FaultFilter(memory, driver.loop());
    fault.failing(operation -> operation.kind() == FaultFilter.Kind.READ ? BROKEN : IoResult.OK);
    var lines = new ArrayList<String>();
    var log = new LogFilter(fault, lines::add);
    var disk = new DeviceDriver(driver, log);
    disk.write(4096, filled(512, 1));
    disk.write(8192, filled(512, 1), Durability.FUA);
    disk.flush();
    driver.join(disk.start(done -> log.discard(0, 4096, Durability.FUA, done)));
    driver.join(disk.start(done -> log.writeZeroes(0, 1024, Durability.WRITE_BACK, done)));
    driver.join(disk.start(done -> log.read(512, BufferPool.allocate(512), done)));
    assertThat(lines)
        .containsExactly(
            "1 write 4096+512: ok",
            "2 write 8192+512 FUA: ok",
            "3 flush: ok",
            "4 discard 0+4096 FUA: ok",
            "5 write zeroes 0+1024: ok",
            "6 read 512+512: " + BROKEN);
  }

  @Test
  void theCacheLosesWhatWasNotFlushedAndOnlyThat() {
    var cache = new VolatileCacheFilter(memory, driver.loop(), pool, 1 << 20);
    var disk = new DeviceDriver(driver, cache);
    disk.write(0, filled(4096, 1));
    assertThat(cache.unflushedBytes()).isEqualTo(4096);
    assertThat(below.read(0, 4096)).as("a kill now loses it").containsOnly(0);
    assertThat(disk.read(0, 4096)).containsOnly(1);
    assertThat(disk.flush()).isEqualTo(IoResult.OK);
    assertThat(below.read(0, 4096)).containsOnly(1);
    assertThat(cache.unflushedBytes()).isZero();
    disk.write(8192, filled(512, 2), Durability.FUA);
    assertThat(below.read(8192, 512)).containsOnly(2);
    disk.write(0, filled(512, 3));
    disk.write(4096, filled(512, 4), Durability.FUA);
    assertThat(below.read(0, 512)).as("durable writes carry no others down").containsOnly(1);
    assertThat(pool.borrowedBytes()).isZero();
  }

  @Test
  void aDurableWriteIsNotOvertakenByOlderBytes() {
    var cache = new VolatileCacheFilter(memory, driver.loop(), pool, 1 << 20);
    var disk = new DeviceDriver(driver, cache);
    disk.write(0, filled(4096, 1));
    var flush = disk.start(cache::flush);
    var durable =
        disk.start(
            done -> cache.write(0, DeviceDriver.bufferOf(filled(4096, 2)), Durability.FUA, done));
    driver.join(flush);
    assertThat(driver.join(durable)).isEqualTo(IoResult.OK);
    assertThat(below.read(0, 4096)).containsOnly(2);
    assertThat(disk.flush()).isEqualTo(IoResult.OK);
    assertThat(below.read(0, 4096)).containsOnly(2);
  }

  @Test
  void zeroesThatWereNotFlushedAreLostAsAWriteIs() {
    var cache = new VolatileCacheFilter(memory, driver.loop(), pool, 1 << 20);
    var disk = new DeviceDriver(driver, cache);
    disk.write(0, filled(8192, 1), Durability.FUA);
    driver.join(disk.start(done -> cache.writeZeroes(0, 4096, Durability.WRITE_BACK, done)));
    assertThat(disk.read(0, 4096)).containsOnly(0);
    assertThat(below.read(0, 4096)).as("a kill now loses them").containsOnly(1);
    driver.join(disk.start(done -> cache.writeZeroes(4096, 4096, Durability.FUA, done)));
    assertThat(below.read(4096, 4096)).as("durable ones are there").containsOnly(0);
    assertThat(disk.flush()).isEqualTo(IoResult.OK);
    assertThat(below.read(0, 4096)).containsOnly(0);
  }

  @Test
  void whatWasCachedBeforeADiscardDoesNotComeBackAndWhatCameAfterStays() {
    var cache = new VolatileCacheFilter(memory, driver.loop(), pool, 1 << 20);
    var disk = new DeviceDriver(driver, cache);
    disk.write(0, filled(8192, 1));
    driver.join(disk.start(done -> cache.discard(0, 8192, done)));
    disk.write(4096, filled(4096, 2));
    assertThat(disk.read(0, 4096)).containsOnly(0);
    assertThat(disk.flush()).isEqualTo(IoResult.OK);
    assertThat(below.read(0, 4096)).containsOnly(0);
    assertThat(below.read(4096, 4096)).containsOnly(2);
  }

  /// The cached bytes were gone and the durable ones not there yet: the read gave neither.
  @Test
  void aReadBesideADurableWriteSeesNothingOlderThanWhatWasCached() {
    var blocks = new MemoryDevice(driver.loop(), SIZE_BYTES, 4096, 4096);
    var slow =
        new RmwFilter(new DelayFilter(blocks, driver.loop(), () -> 1000), driver.loop(), pool);
    var cache = new VolatileCacheFilter(slow, driver.loop(), pool, 1 << 20);
    var disk = new DeviceDriver(driver, cache);
    disk.write(512, filled(512, 1));
    ByteBuffer before = ByteBuffer.allocate(512);
    ByteBuffer beside = ByteBuffer.allocate(512);
    var reading = disk.start(done -> cache.read(512, before, done));
    var durable =
        disk.start(
            done -> cache.write(512, DeviceDriver.bufferOf(filled(512, 2)), Durability.FUA, done));
    var readingToo = disk.start(done -> cache.read(512, beside, done));
    assertThat(driver.join(reading)).isEqualTo(IoResult.OK);
    assertThat(driver.join(durable)).isEqualTo(IoResult.OK);
    assertThat(driver.join(readingToo)).isEqualTo(IoResult.OK);
    assertThat(before.array()).containsOnly(1);
    assertThat(beside.array()).containsOnly(2);
  }

  @Test
  void aFullCacheWritesDownWithoutFlushingAndTellsOfLossAtTheFlush() {
    var fault = new FaultFilter(memory, driver.loop());
    var statistics = new StatisticsFilter(fault);
    var cache = new VolatileCacheFilter(statistics, driver.loop(), pool, 64 << 10);
    var disk = new DeviceDriver(driver, cache);
    for (int at = 0; at < SIZE_BYTES; at += 32 << 10) {
      assertThat(disk.write(at, filled(32 << 10, 5))).isEqualTo(IoResult.OK);
      assertThat(cache.unflushedBytes()).isLessThanOrEqualTo((64 << 10) + (32 << 10));
    }
    assertThat(statistics.counts().writtenBytes()).isGreaterThan(SIZE_BYTES / 2);
    assertThat(statistics.counts().flushes()).isZero();
    fault.failing(operation -> operation.kind() == FaultFilter.Kind.WRITE ? BROKEN : IoResult.OK);
    for (int at = 0; at < 192 << 10; at += 32 << 10) {
      disk.write(at, filled(32 << 10, 6));
    }
    fault.failing(_ -> IoResult.OK);
    assertThat(disk.flush()).isEqualTo(BROKEN);
    assertThat(disk.flush()).isEqualTo(IoResult.OK);
  }

  @Test
  void aFailedFlushBelowIsAFailedFlush() {
    var fault = new FaultFilter(memory, driver.loop());
    var cache = new VolatileCacheFilter(fault, driver.loop(), pool, 1 << 20);
    var disk = new DeviceDriver(driver, cache);
    disk.write(0, filled(512, 1));
    fault.failing(operation -> operation.kind() == FaultFilter.Kind.FLUSH ? BROKEN : IoResult.OK);
    assertThat(disk.flush()).isEqualTo(BROKEN);
  }

  @Test
  void aPowerCutAfterTheCacheKeepsWhatWasFlushed() {
    for (long seed = 0; seed < 200; seed++) {
      var random = new SplittableRandom(seed);
      var crash = new CrashDevice(driver.loop(), new byte[64 << 10]);
      var cache = new VolatileCacheFilter(crash, driver.loop(), pool, 16 << 10);
      var disk = new DeviceDriver(driver, cache);
      var flushed = new byte[128];
      var written = new byte[128];
      for (int step = 0; step < 60; step++) {
        int sector = random.nextInt(128);
        written[sector] = (byte) (1 + step);
        disk.write(sector * 512L, filled(512, 1 + step));
        if (random.nextInt(8) == 0) {
          assertThat(disk.flush()).isEqualTo(IoResult.OK);
          flushed = written.clone();
        }
      }
      byte[] after = crash.afterCrash(random, 4);
      for (int sector = 0; sector < 128; sector++) {
        if (flushed[sector] == written[sector]) {
          assertThat(after[sector * 512]).as("seed %d", seed).isEqualTo(flushed[sector]);
        }
      }
    }
  }

  @Test
  void neighboursInOneBlockDoNotLoseEachOther() {
    var random = new SplittableRandom(3);
    var large = new MemoryDevice(driver.loop(), SIZE_BYTES, 4096, 4096);
    var slow = new DelayFilter(large, driver.loop(), () -> random.nextLong(1_000_000));
    var disk = new DeviceDriver(driver, new RmwFilter(slow, driver.loop(), pool));
    var results = new ArrayList<CompletableFuture<IoResult>>();
    for (int sector = 0; sector < 64; sector++) {
      long offset = sector * 512L;
      ByteBuffer source = DeviceDriver.bufferOf(filled(512, sector + 1));
      results.add(
          disk.start(done -> disk.device().write(offset, source, Durability.WRITE_BACK, done)));
    }
    assertThat(disk.join(results)).containsOnly(IoResult.OK);
    for (int sector = 0; sector < 64; sector++) {
      assertThat(disk.read(sector * 512L, 512)).containsOnly(sector + 1);
    }
    assertThat(pool.borrowedBytes()).isZero();
  }

  @Test
  void aFailedReadOfABlocksEndFailsTheWrite() {
    var large = new MemoryDevice(driver.loop(), SIZE_BYTES, 4096, 4096);
    var fault = new FaultFilter(large, driver.loop());
    var disk = new DeviceDriver(driver, new RmwFilter(fault, driver.loop(), pool));
    fault.failing(operation -> operation.kind() == FaultFilter.Kind.READ ? BROKEN : IoResult.OK);
    assertThat(disk.write(512, filled(512, 1))).isEqualTo(BROKEN);
    assertThat(disk.writeZeroes(512, 8192, Durability.WRITE_BACK)).isEqualTo(BROKEN);
    assertThat(disk.write(4096, filled(4096, 1))).isEqualTo(IoResult.OK);
    assertThat(pool.borrowedBytes()).isZero();
  }

  @Test
  void faultsStrikeWhereTheScriptSaysAndTheDiceRepeat() {
    var fault = new FaultFilter(memory, driver.loop());
    var disk = new DeviceDriver(driver, fault);
    var bad = new BlockRange(8192, 4096);
    fault.failing(operation -> operation.range().overlaps(bad) ? BROKEN : IoResult.OK);
    assertThat(disk.write(4096, filled(4096, 1))).isEqualTo(IoResult.OK);
    assertThat(disk.write(8192 + 512, filled(512, 1))).isEqualTo(BROKEN);
    assertThat(below.read(8192, 4096)).containsOnly(0);
    assertThat(strikes(disk, fault)).isEqualTo(strikes(disk, fault)).contains(true, false);
  }

  private static List<Boolean> strikes(DeviceDriver disk, FaultFilter fault) {
    fault.failing(FaultFilter.random(42, 3, BROKEN));
    var strikes = new ArrayList<Boolean>();
    for (int count = 0; count < 50; count++) {
      strikes.add(!disk.flush().isOk());
    }
    return strikes;
  }

  @Test
  void statisticsCountWhatPassed() {
    var statistics = new StatisticsFilter(memory);
    var disk = new DeviceDriver(driver, statistics);
    disk.write(0, filled(4096, 1));
    disk.write(0, filled(512, 1), Durability.FUA);
    disk.read(0, 1024);
    disk.flush();
    disk.discard(0, 512);
    disk.writeZeroes(0, 512, Durability.WRITE_BACK);
    assertThat(statistics.counts())
        .isEqualTo(new StatisticsFilter.Counts(1, 1024, 2, 4608, 1, 1, 1, 1, 0, 0, 1));
  }
}
