package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.block.filter.VolatileCacheFilter;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import java.util.ArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What GOOD promises: FUA and SYNCHRONIZE CACHE reach the block device as durable writes and
/// flushes, and are answered after them (SBC-3 4.15).
@Tag("unit")
class DurabilityTest {
  private final Bench bench = Bench.active();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2A 08 00000010 00 0001 00",
        "AA 08 00000010 00000001 00 00",
        "8A 08 0000000000000010 00000001 00 00",
        "2E 00 00000010 00 0001 00",
        "AE 00 00000010 00000001 00 00",
        "8E 00 0000000000000010 00000001 00 00",
      })
  void forcedUnitAccessIsADurableWrite(String cdb) {
    bench.run(cdb, Golden.filled(512, 1)).isGood();
    assertThat(bench.device.counts().fuaWrites()).isEqualTo(1);
    assertThat(bench.device.counts().writes()).isEqualTo(1);
  }

  @Test
  void everyPieceOfALongWriteIsDurable() {
    Bench pieces = Bench.over(device -> LimitsFilter.withTransfersOf(device, 4096));
    pieces.run("2A 08 00000000 00 0020 00", new byte[16 << 10]).isGood();
    assertThat(pieces.device.counts().fuaWrites()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0A 00 0010 01 00",
        "2A 00 00000010 00 0001 00",
        "2A 10 00000010 00 0001 00", // DPO is another bit
        "AA 00 00000010 00000001 00 00",
        "8A 00 0000000000000010 00000001 00 00",
      })
  void otherWritesAreNot(String cdb) {
    bench.run(cdb, Golden.filled(512, 1)).isGood();
    assertThat(bench.device.counts().fuaWrites()).isZero();
    assertThat(bench.device.counts().flushes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "35 00 00000000 00 0000 00",
        "35 02 00000010 00 0001 00", // IMMED: answered when done
        "91 00 0000000000000000 00000000 00 00",
        "91 00 0000000000000010 00000008 00 00",
        "1B 00 00 00 00 00", // STOP
        "1B 00 00 00 20 00", // IDLE
      })
  void synchronizeCacheAndStopFlush(String cdb) {
    bench.run(cdb).isGood();
    assertThat(bench.device.counts().flushes()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1B 00 00 00 01 00", "1B 00 00 00 04 00", "1E 00 00 00 01 00"})
  void startAndNoFlushDoNot(String cdb) {
    bench.run(cdb).isGood();
    assertThat(bench.device.counts().flushes()).isZero();
  }

  @Test
  void goodComesAfterTheFlush() {
    bench.hold.hold();
    Bench.Task task = bench.start("35 00 00000000 00 0000 00");
    bench.loop.runReady();
    assertThat(task.isOver()).isFalse();
    bench.hold.letGo();
    bench.loop.runReady();
    task.isGood();
  }

  @Test
  void whatWasSynchronizedSurvivesACrash() {
    var caches = new ArrayList<VolatileCacheFilter>();
    Bench cached =
        Bench.over(
            (device, loop) -> {
              caches.add(new VolatileCacheFilter(device, loop, new BufferPool(1 << 20), 1 << 20));
              return caches.getFirst();
            });
    cached.run("2A 00 00000010 00 0008 00", Golden.filled(4096, 1)).isGood();
    assertThat(cached.onDisk(16, 8)).as("only in the cache").containsOnly(0);
    cached.run("35 00 00000000 00 0000 00").isGood();
    assertThat(cached.onDisk(16, 8)).containsOnly(1);
    assertThat(caches.getFirst().unflushedBytes()).isZero();
    cached.run("2A 08 00000010 00 0008 00", Golden.filled(4096, 2)).isGood();
    assertThat(cached.onDisk(16, 8)).as("FUA").containsOnly(2);
    cached.isQuiet();
  }

  @Test
  void aFailedFlushIsTold() {
    bench.faults.failing(_ -> IoResult.mediumError("planted"));
    bench.run("35 00 00000000 00 0000 00").isRefused(ScsiResult.writeError());
    bench.run("1B 00 00 00 00 00").isRefused(ScsiResult.writeError());
  }
}
