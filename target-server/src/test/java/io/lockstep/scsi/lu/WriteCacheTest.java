package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.UnitAttention;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// WCE (SBC-3 6.5.5): while it is off, GOOD to a change means that it is stable.
@Tag("unit")
class WriteCacheTest {
  private static final byte[] OFF = Golden.bytes("00 00 00 00 08 12 00" + " 00".repeat(17));
  private static final String SELECT = "15 10 00 00 18 00";
  private static final String WRITE = "2A 00 00000010 00 0001 00";

  private final Bench bench = Bench.active();

  @AfterEach
  void nothingIsLeft() {
    bench.isQuiet();
  }

  private void off() {
    bench.unit.writeCache(false, null);
    bench.calm(bench.nexus);
    bench.calm(bench.other);
  }

  @ParameterizedTest
  @CsvSource({
    "0A 00 0010 01 00, 512",
    "2A 00 00000010 00 0001 00, 512",
    "AA 00 00000010 00000001 00 00, 512",
    "8A 00 0000000000000010 00000001 00 00, 512",
    "2E 00 00000010 00 0001 00, 512",
  })
  void everyWriteIsForcedUnitAccess(String cdb, int bytes) {
    off();
    bench.run(cdb, new byte[bytes]).isGood();
    assertThat(bench.device.counts().fuaWrites()).isEqualTo(1);
    assertThat(bench.device.counts().flushes()).isZero();
  }

  @Test
  void compareAndWriteIsToo() {
    off();
    bench.run("89 00 0000000000000008 00000001 00 00", new byte[1024]).isGood();
    assertThat(bench.device.counts().fuaWrites()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "41 00 00000008 00 0008 00, 00",
    "93 00 0000000000000008 00000008 00 00, 42",
    "93 08 0000000000000008 00000008 00 00, 00",
    "93 01 0000000000000008 00000008 00 00, 00",
  })
  void whatHasNoForcedUnitAccessIsFlushedBeforeGood(String cdb, String fill) {
    off();
    bench.run(cdb, Golden.filled(512, Integer.parseInt(fill, 16))).isGood();
    assertThat(bench.device.counts().flushes()).isEqualTo(1);
  }

  @Test
  void unmapIsFlushedOnceBehindItsLastRange() {
    off();
    byte[] list = EraseTest.list("0000000000000008 00000008", "0000000000000020 00000008");
    bench.run("42 00 00000000 00 0028 00", list).isGood();
    assertThat(bench.device.counts().flushes()).isEqualTo(1);
  }

  @Test
  void readsCostNothing() {
    off();
    bench.run("28 00 00000010 00 0001 00").isGood();
    assertThat(bench.device.counts().flushes()).isZero();
  }

  /// A write that was under way without FUA when the cache was switched off.
  @Test
  void whatWasUnderWayIsFlushedToo() {
    bench.hold.hold();
    Bench.Task write = bench.start(WRITE, new byte[512]);
    bench.unit.writeCache(false, null);
    bench.hold.letGo();
    bench.loop.runReady();
    write.isGood();
    assertThat(bench.device.counts().fuaWrites()).isZero();
    assertThat(bench.device.counts().flushes()).isEqualTo(1);
  }

  @Test
  void aFailedFlushIsTheCommands() {
    off();
    bench.hold.hold();
    Bench.Task zero = bench.start("93 01 0000000000000008 00000008 00 00");
    bench.hold.letOneGo();
    bench.loop.runReady();
    bench.faults.failing(_ -> IoResult.mediumError("planted"));
    bench.hold.letGo();
    bench.loop.runReady();
    zero.isRefused(ScsiResult.writeError());
  }

  @Test
  void theOthersHearOfASelection() {
    bench.run(SELECT, OFF).isGood();
    assertThat(bench.run("1A 08 08 00 18 00").hex()).startsWith("1700100088120000");
    bench
        .run(bench.other, "00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.MODE_PARAMETERS_CHANGED));
    bench.run(bench.other, "00 00 00 00 00 00").isGood();
  }

  /// What a host is told has changed for both nodes and over restarts.
  @Test
  void goodComesWhenTheVolumeHasIt() {
    List<Completion> kept = new ArrayList<>();
    bench.unit.keeper((_, _, done) -> kept.add(done));
    Bench.Task select = bench.start(SELECT, OFF);
    bench.loop.runReady();
    assertThat(select.isOver()).isFalse();
    kept.getFirst().completed(IoResult.mediumError("planted"));
    bench.loop.runReady();
    select.isRefused(ScsiResult.internalTargetFailure());
    assertThat(bench.unit.modePages().writeCache()).isTrue();
    bench.run(bench.other, "00 00 00 00 00 00").isGood();
  }

  @Test
  void aResetLeavesIt() {
    off();
    bench.unit.reset(() -> {});
    bench.loop.runReady();
    bench.calm(bench.nexus);
    assertThat(bench.run("1A 08 08 00 18 00").hex()).startsWith("1700100088120000");
  }

  @Test
  void inStandbyItIsShownAndNotSwitched() {
    Bench standby = Bench.standby();
    standby.run(SELECT, OFF).isRefused(ScsiResult.standby());
    standby.unit.writeCache(false, null);
    standby.calm(standby.nexus);
    assertThat(standby.run("1A 08 08 00 18 00").hex()).startsWith("1700100088120000");
  }
}
