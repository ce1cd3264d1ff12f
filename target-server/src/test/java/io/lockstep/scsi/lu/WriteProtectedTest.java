package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.IoResult;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.UnitAttention;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A medium that may only be read (SBC-3 4.12), and one that cannot be served: told as what it is,
/// never as a path in standby.
@Tag("unit")
class WriteProtectedTest {
  private final Bench bench = Bench.active();

  private void protect() {
    bench.unit.mediumProtected(true);
    bench.calm(bench.nexus);
    bench.calm(bench.other);
  }

  @ParameterizedTest
  @CsvSource({
    "0A 00 0008 01 00, 512",
    "2A 00 00000008 00 0001 00, 512",
    "AA 00 00000008 00000001 00 00, 512",
    "8A 00 0000000000000008 00000001 00 00, 512",
    "2E 00 00000008 00 0001 00, 512",
    "41 00 00000008 00 0001 00, 512",
    "93 01 0000000000000008 00000001 00 00, 0",
    "89 00 0000000000000008 00000001 00 00, 1024",
  })
  void everyChangeIsRefused(String cdb, int bytes) {
    protect();
    bench.run(cdb, new byte[bytes]).isRefused(ScsiResult.writeProtected());
    assertThat(bench.device.counts().inFlight()).isZero();
    assertThat(bench.device.counts().writes()).isZero();
    bench.isQuiet();
  }

  @Test
  void unmapIsRefused() {
    protect();
    byte[] list = EraseTest.list("0000000000000008 00000008");
    bench.run("42 00 00000000 00 0018 00", list).isRefused(ScsiResult.writeProtected());
    assertThat(bench.device.counts().discards()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "28 00 00000008 00 0001 00",
    "2F 00 00000008 00 0001 00",
    "35 00 00000000 00 0000 00",
    "00 00 00 00 00 00"
  })
  void whatChangesNothingIsGood(String cdb) {
    protect();
    bench.run(cdb).isGood();
  }

  @Test
  void modeSenseSaysSoInEveryForm() {
    assertThat(bench.run("1A 08 08 00 04 00").data()[2]).isEqualTo((byte) 0x10);
    protect();
    assertThat(bench.run("1A 08 08 00 04 00").data()[2]).as("WP, DPOFUA").isEqualTo((byte) 0x90);
    assertThat(bench.run("5A 08 08 00 00 00 00 00 08 00").data()[3]).isEqualTo((byte) 0x90);
    assertThat(bench.run("1A 08 0A 00 10 00").data()[8]).as("SWP is the host's").isZero();
  }

  /// SWP can be taken back, what the medium is cannot; nor by a reset.
  @Test
  void noHostTakesItAway() {
    protect();
    String page = "0A 0A 00 10 00" + " 00".repeat(7);
    bench.run("15 10 00 00 10 00", Golden.bytes("00 00 00 00" + page)).isGood();
    bench.unit.reset(() -> {});
    bench.loop.runReady();
    bench.calm(bench.nexus);
    assertThat(bench.run("1A 08 08 00 04 00").data()[2]).isEqualTo((byte) 0x90);
    bench.run("2A 00 00000008 00 0001 00", new byte[512]).isRefused(ScsiResult.writeProtected());
  }

  @Test
  void sessionsHearOfTheChangeOnce() {
    bench.unit.mediumProtected(true);
    bench.unit.mediumProtected(true);
    bench
        .run("00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.MODE_PARAMETERS_CHANGED));
    bench.run("00 00 00 00 00 00").isGood();
  }

  /// A device that says it itself: the volume became read-only below.
  @Test
  void aDeviceThatRefusesAChangeIsNoStandby() {
    bench.faults.failing(_ -> IoResult.writeProtected("planted"));
    bench.run("2A 00 00000008 00 0001 00", new byte[512]).isRefused(ScsiResult.writeProtected());
  }

  @Test
  void aVolumeThatCannotBeServedIsNotReadyAndNotInStandby() {
    Bench fresh = Bench.standby();
    fresh.unit.activateWithoutMedium(Bench.DISK_BYTES);
    fresh.calm(fresh.nexus);
    assertThat(fresh.unit.knowsSize()).isTrue();
    for (String cdb : new String[] {"00 00 00 00 00 00", "28 00 00000008 00 0001 00"}) {
      fresh.run(cdb).isRefused(ScsiResult.manualIntervention());
    }
    fresh
        .run("2A 00 00000008 00 0001 00", new byte[512])
        .isRefused(ScsiResult.manualIntervention());
    assertThat(fresh.run("03 00 00 00 12 00").hex()).startsWith("7000020000").contains("0403");
    assertThat(fresh.run("A3 0A 0000 0000 00000024 00 00").data()[4] & 0x0F)
        .as("active/optimized: no other path is better")
        .isZero();
    boolean[] drained = new boolean[1];
    fresh.unit.standby(() -> drained[0] = true);
    fresh.loop.runReady();
    fresh.calm(fresh.nexus);
    fresh.run("00 00 00 00 00 00").isRefused(ScsiResult.standby());
    assertThat(drained[0]).isTrue();
  }
}
