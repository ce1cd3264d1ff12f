package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.MemoryDevice;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.TaskAttribute;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// LUNs: those that are there, those that are not, those that change (SAM-5 4.7, SPC-4 6.33).
@Tag("unit")
class ScsiTargetDeviceTest {
  private static final long LUN_1 = 1L << 48;

  private final Bench bench = Bench.active();

  @AfterEach
  void nothingIsLeft() {
    bench.isQuiet();
  }

  private Bench.Task run(long lun, String cdb, byte... data) {
    Bench.Task task = bench.start(bench.task(bench.nexus, lun, cdb, TaskAttribute.SIMPLE), data);
    bench.loop.runReady();
    return task;
  }

  @Test
  void anAbsentLogicalUnitSaysThatItIsAbsent() {
    Bench.Task inquiry = run(LUN_1, "12 00 00 00 24 00");
    inquiry.isGood();
    assertThat(inquiry.hex()).startsWith("7F000612");
    assertThat(inquiry.data()).hasSize(36);
    Bench.Task sense = run(LUN_1, "03 00 00 00 FF 00");
    sense.isGood();
    assertThat(sense.hex())
        .isEqualTo(Golden.normal("70 00 05 00000000 0A 00000000 25 00 00 000000"));
    assertThat(run(LUN_1, "A0 00 00 000000 00000100 00 00").data()).hasSize(16);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00 00 00 00 00 00",
        "25 00 00000000 0000 00 00",
        "2A 00 00000000 00 0001 00",
        "1A 00 3F 00 FF 00",
        "A3 0C 00 00 0000 000000FF 00 00",
        "F0 00 00 00 00 00"
      })
  void everythingElseIsRefusedThere(String cdb) {
    run(LUN_1, cdb).isRefused(ScsiResult.logicalUnitNotSupported());
  }

  @Test
  void vitalProductDataOfNothingIsRefused() {
    run(LUN_1, "12 01 00 00 FF 00").isRefused(ScsiResult.invalidFieldInCdb(1, 0));
  }

  @Test
  void lunFieldsAreReadAsTheStandardSays() {
    assertThat(ScsiTargetDevice.number(0)).isZero();
    assertThat(ScsiTargetDevice.number(0x00FF_0000_0000_0000L)).isEqualTo(255);
    assertThat(ScsiTargetDevice.number(0x4001_0000_0000_0000L)).isEqualTo(1);
    assertThat(ScsiTargetDevice.number(0x7FFF_0000_0000_0000L)).isEqualTo(16_383);
    for (long absent :
        new long[] {
          0x0100_0000_0000_0000L, // a bus
          0x0000_0001_0000_0000L, // a second level
          0x4000_0001_0000_0000L,
          0x8000_0000_0000_0000L, // logical unit addressing
          0xC101_0000_0000_0000L // the REPORT LUNS well known logical unit
        }) {
      assertThat(ScsiTargetDevice.number(absent)).as("%016X", absent).isEqualTo(-1);
    }
  }

  @Test
  void reportLunsKnowsItsFields() {
    String all = "0000000800000000" + "0000000000000000";
    assertThat(bench.run("A0 00 00 000000 00000010 00 00").hex()).isEqualTo(all);
    assertThat(bench.run("A0 00 02 000000 00000010 00 00").hex()).isEqualTo(all);
    assertThat(bench.run("A0 00 01 000000 00000010 00 00").hex()).isEqualTo("0000000000000000");
    bench.run("A0 00 03 000000 00000010 00 00").isRefused(ScsiResult.invalidFieldInCdb(2, -1));
    bench.run("A0 00 00 000000 0000000F 00 00").isRefused(ScsiResult.invalidFieldInCdb(6, -1));
  }

  @Test
  void aWriteWhoseLogicalUnitIsTakenAwayIsRefused() {
    Bench.Task task = bench.task(bench.nexus, 0, "2A 00 00000000 00 0001 00", TaskAttribute.SIMPLE);
    bench.target.prepare(task);
    bench.target.unmap(0, () -> {});
    bench.execute(task, Golden.filled(512, 1));
    bench.loop.runReady();
    task.isRefused(ScsiResult.logicalUnitNotSupported());
    assertThat(bench.onDisk(0, 1)).containsOnly(0);
  }

  /// A command that was checked against one logical unit is not carried out by another.
  @Test
  void aWriteWhoseLogicalUnitIsReplacedIsRefused() {
    Bench.Task task = bench.task(bench.nexus, 0, "2A 00 00000000 00 0001 00", TaskAttribute.SIMPLE);
    bench.target.prepare(task);
    bench.target.unmap(0, () -> {});
    LogicalUnit another = bench.unit(4096);
    another.activate(new MemoryDevice(bench.loop, 1 << 20, 512, 4096));
    bench.target.map(0, another);
    bench.execute(task, Golden.filled(512, 1));
    bench.loop.runReady();
    task.isRefused(ScsiResult.logicalUnitNotSupported());
    // The object is used again: nothing of the old command is left in it.
    bench.calm(bench.nexus);
    bench.run("00 00 00 00 00 00").isGood();
  }

  @Test
  void unmappingWaitsForTasks() {
    bench.hold.hold();
    Bench.Task task = bench.start("28 00 00000000 00 0001 00");
    boolean[] drained = new boolean[1];
    bench.target.unmap(0, () -> drained[0] = true);
    bench.loop.runReady();
    assertThat(drained[0]).isFalse();
    bench.hold.letGo();
    bench.loop.runReady();
    assertThat(drained[0]).isTrue();
    assertThat(task.result()).isEqualTo(ScsiResult.aborted());
  }
}
