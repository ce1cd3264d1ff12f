package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.Golden;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.TaskAttribute;
import io.lockstep.scsi.UnitAttention;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Unit attentions, each nexus its own (SAM-5 5.14).
@Tag("unit")
class UnitAttentionTest {
  private static final String TEST_UNIT_READY = "00 00 00 00 00 00";
  private static final String REQUEST_SENSE = "03 00 00 00 12 00";

  private final Bench bench = Bench.active();
  private final Nexus fresh = new Nexus("iqn.2026-11.io.lockstep:host-c", 3, 1);

  private static ScsiResult told(UnitAttention attention) {
    return ScsiResult.unitAttention(attention);
  }

  @Test
  void aFreshNexusIsToldOnce() {
    bench.target.nexusOpened(fresh);
    bench
        .run(fresh, "2A 00 00000000 00 0001 00", new byte[512])
        .isRefused(told(UnitAttention.POWER_ON_OR_RESET));
    assertThat(bench.device.counts().writes()).isZero();
    bench.run(fresh, TEST_UNIT_READY).isGood();
    bench.run(TEST_UNIT_READY).isGood();
  }

  @Test
  void inquiryReportLunsAndRequestSenseAreAnswered() {
    bench.target.nexusOpened(fresh);
    assertThat(bench.run(fresh, "12 00 00 00 60 00").data()).hasSize(96);
    assertThat(bench.run(fresh, "A0 00 00 000000 00000010 00 00").data()).hasSize(16);
    bench.run(fresh, TEST_UNIT_READY).isRefused(told(UnitAttention.POWER_ON_OR_RESET));
  }

  @Test
  void requestSenseTellsAndClears() {
    bench.target.nexusOpened(fresh);
    assertThat(bench.run(fresh, REQUEST_SENSE).hex())
        .isEqualTo(Golden.normal("70 00 06 00000000 0A 00000000 29 00 00 000000"));
    assertThat(bench.run(fresh, REQUEST_SENSE).hex())
        .isEqualTo(Golden.normal("70 00 00 00000000 0A 00000000 00 00 00 000000"));
    bench.run(fresh, TEST_UNIT_READY).isGood();
  }

  @Test
  void severalAreToldMostUrgentFirst() {
    bench.unit.capacityChanged();
    bench.unit.reset(() -> {});
    bench.unit.capacityChanged();
    bench.run(TEST_UNIT_READY).isRefused(told(UnitAttention.LOGICAL_UNIT_RESET));
    bench.run(TEST_UNIT_READY).isRefused(told(UnitAttention.CAPACITY_CHANGED));
    bench.run(TEST_UNIT_READY).isGood();
  }

  @Test
  void aResizeIsToldToAllAndSeen() {
    bench.hold.resize(16L << 20);
    bench.unit.capacityChanged();
    for (Nexus each : new Nexus[] {bench.nexus, bench.other}) {
      bench.run(each, TEST_UNIT_READY).isRefused(told(UnitAttention.CAPACITY_CHANGED));
      assertThat(bench.run(each, "25 00 00000000 0000 00 00").hex()).isEqualTo("00007FFF00000200");
    }
  }

  @Test
  void aNewLogicalUnitIsToldToAllUntilTheyAskForTheList() {
    bench.target.map(3, bench.unit(512));
    bench.run(bench.other, TEST_UNIT_READY).isRefused(told(UnitAttention.REPORTED_LUNS_CHANGED));
    assertThat(bench.run("A0 00 00 000000 00000100 00 00").hex())
        .isEqualTo(Golden.normal("00000010 00000000 0000000000000000 0003000000000000"));
    bench.run(TEST_UNIT_READY).isGood();
    bench.target.unmap(3, () -> {});
    bench.run(TEST_UNIT_READY).isRefused(told(UnitAttention.REPORTED_LUNS_CHANGED));
  }

  @Test
  void modeSelectIsToldToTheOthers() {
    byte[] list = Golden.bytes("00 00 00 00 0A 0A 04 10 00" + " 00".repeat(7));
    bench.run("15 10 00 00 10 00", list).isGood();
    bench.run(TEST_UNIT_READY).isGood();
    Bench.Task task = bench.run(bench.other, TEST_UNIT_READY);
    task.isRefused(told(UnitAttention.MODE_PARAMETERS_CHANGED));
    assertThat(task.sense()).as("D_SENSE: descriptor format now").startsWith(0x72);
    bench.run("15 10 00 00 10 00", list).isGood();
    bench.run(bench.other, TEST_UNIT_READY).isGood();
    assertThat(bench.run("16 00 00 00 00 00").sense()).as("invalid ones too").startsWith(0x72);
    assertThat(bench.run("00 00 00 00 00 04").sense()).startsWith(0x72);
  }

  @Test
  void aNexusThatIsGoneHasNothingPending() {
    bench.target.nexusLost(bench.nexus, () -> {});
    bench.loop.runReady();
    bench.unit.capacityChanged();
    bench.target.nexusOpened(bench.nexus);
    bench.run(TEST_UNIT_READY).isRefused(told(UnitAttention.POWER_ON_OR_RESET));
    bench.run(TEST_UNIT_READY).isGood();
    bench.start(bench.task(fresh, 0, TEST_UNIT_READY, TaskAttribute.SIMPLE));
    bench.isQuiet();
  }
}
