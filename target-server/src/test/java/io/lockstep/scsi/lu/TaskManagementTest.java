package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.Golden;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskAttribute;
import io.lockstep.scsi.TaskManagement;
import io.lockstep.scsi.TaskManagement.Response;
import io.lockstep.scsi.UnitAttention;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Task management (SAM-5 clause 7): the answer comes when nothing of the aborted tasks can reach
/// the medium any more, after they have ended in silence.
@Tag("unit")
class TaskManagementTest {
  private final Bench bench = Bench.active();
  private final List<Response> answers = new ArrayList<>();

  @AfterEach
  void nothingIsLeft() {
    bench.isQuiet();
  }

  private void manage(TaskManagement function, Nexus by, long lun, @Nullable ScsiTask task) {
    bench.target.manage(function, by, lun, task, answers::add);
  }

  private void manage(TaskManagement function) {
    manage(function, bench.nexus, 0, null);
  }

  private Bench.Task write(Nexus who, int lba) {
    Bench.Task task = prepared(who, lba);
    bench.execute(task, Golden.filled(512, 1));
    return task;
  }

  private Bench.Task prepared(Nexus who, int lba) {
    Bench.Task task =
        bench.task(who, 0, "2A 00 %08X 00 0001 00".formatted(lba), TaskAttribute.SIMPLE);
    bench.target.prepare(task);
    return task;
  }

  private void completed() {
    bench.loop.runReady();
    assertThat(answers).containsExactly(Response.FUNCTION_COMPLETE);
  }

  private static void isAborted(Bench.Task task) {
    assertThat(task.endedCount).isEqualTo(1);
    assertThat(task.result()).isEqualTo(ScsiResult.aborted());
  }

  @Test
  void abortTaskWaitsForTheOne() {
    bench.hold.hold();
    Bench.Task wanted = write(bench.nexus, 0);
    Bench.Task spared = write(bench.nexus, 8);
    manage(TaskManagement.ABORT_TASK, bench.nexus, 0, wanted);
    bench.loop.runReady();
    assertThat(answers).as("the write may still reach the medium").isEmpty();
    bench.hold.letOneGo();
    completed();
    isAborted(wanted);
    assertThat(spared.isOver()).isFalse();
    bench.hold.letGo();
    bench.loop.runReady();
    spared.isGood();
  }

  @Test
  void abortTaskOfOneThatIsOverSaysSo() {
    Bench.Task over = bench.run("00 00 00 00 00 00");
    manage(TaskManagement.ABORT_TASK, bench.nexus, 0, over);
    manage(TaskManagement.ABORT_TASK, bench.nexus, 0, null);
    bench.loop.runReady();
    assertThat(answers).containsOnly(Response.TASK_DOES_NOT_EXIST).hasSize(2);
  }

  @Test
  void aTaskThatWaitsForAnOrderedOneNeverStarts() {
    bench.hold.hold();
    Bench.Task ordered =
        bench.start(bench.task(bench.nexus, 0, "28 00 00000000 00 0001 00", TaskAttribute.ORDERED));
    Bench.Task waiting = write(bench.nexus, 0);
    manage(TaskManagement.ABORT_TASK, bench.nexus, 0, waiting);
    completed();
    isAborted(waiting);
    bench.hold.letGo();
    bench.loop.runReady();
    ordered.isGood();
    assertThat(bench.device.counts().writes()).isZero();
  }

  @Test
  void abortTaskSetTakesThoseOfTheNexus() {
    bench.hold.hold();
    Bench.Task own = write(bench.nexus, 0);
    Bench.Task others = write(bench.other, 8);
    manage(TaskManagement.ABORT_TASK_SET);
    bench.hold.letOneGo();
    completed();
    isAborted(own);
    bench.hold.letGo();
    bench.loop.runReady();
    others.isGood();
    bench.run(bench.other, "00 00 00 00 00 00").isGood();
  }

  @Test
  void clearTaskSetTakesAllAndTellsWhoLostSome() {
    bench.hold.hold();
    Bench.Task own = write(bench.nexus, 0);
    Bench.Task others = write(bench.other, 8);
    manage(TaskManagement.CLEAR_TASK_SET);
    bench.hold.letGo();
    completed();
    isAborted(own);
    isAborted(others);
    bench
        .run(bench.other, "00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.COMMANDS_CLEARED));
    bench.run("00 00 00 00 00 00").isGood();
  }

  @Test
  void clearTaskSetTellsNobodyWhoLostNothing() {
    manage(TaskManagement.CLEAR_TASK_SET);
    completed();
    bench.run(bench.other, "00 00 00 00 00 00").isGood();
  }

  @Test
  void logicalUnitResetTakesAllTellsAllAndForgetsModes() {
    bench.run(bench.nexus, "15 10 00 00 10 00", select()).isGood();
    bench.calm(bench.other);
    bench.hold.hold();
    Bench.Task own = write(bench.nexus, 0);
    Bench.Task others = write(bench.other, 8);
    manage(TaskManagement.LOGICAL_UNIT_RESET);
    bench.hold.letGo();
    completed();
    isAborted(own);
    isAborted(others);
    ScsiResult reset = ScsiResult.unitAttention(UnitAttention.LOGICAL_UNIT_RESET);
    bench.run(bench.nexus, "00 00 00 00 00 00").isRefused(reset);
    bench.run(bench.other, "00 00 00 00 00 00").isRefused(reset);
    assertThat(bench.run("1A 08 0A 00 FF 00").data()[6]).as("D_SENSE").isZero();
  }

  private static byte[] select() {
    return Golden.bytes("00 00 00 00 0A 0A 04 10 00" + " 00".repeat(7));
  }

  @Test
  void targetResetsReachEveryLogicalUnit() {
    bench.target.map(1, bench.unit(512));
    bench.calm(bench.nexus);
    Bench.Task sense = bench.task(bench.nexus, 1L << 48, "03 00 00 00 12 00", TaskAttribute.SIMPLE);
    bench.start(sense);
    bench.loop.runReady();
    manage(TaskManagement.TARGET_WARM_RESET);
    completed();
    bench
        .run("00 00 00 00 00 00")
        .isRefused(ScsiResult.unitAttention(UnitAttention.LOGICAL_UNIT_RESET));
    Bench.Task ready = bench.task(bench.nexus, 1L << 48, "00 00 00 00 00 00", TaskAttribute.SIMPLE);
    bench.start(ready);
    bench.loop.runReady();
    ready.isRefused(ScsiResult.unitAttention(UnitAttention.LOGICAL_UNIT_RESET));
  }

  @Test
  void aResetDoesNotWaitForTasksThatComeLater() {
    bench.hold.hold();
    Bench.Task early = write(bench.nexus, 0);
    manage(TaskManagement.LOGICAL_UNIT_RESET);
    bench.calm(bench.other);
    Bench.Task late = write(bench.other, 8);
    bench.hold.letOneGo();
    completed();
    isAborted(early);
    assertThat(late.isOver()).as("still under way").isFalse();
    bench.hold.letGo();
    bench.loop.runReady();
    late.isGood();
  }

  @Test
  void aTaskThatGathersDataIsAbortedToo() {
    Bench.Task gathering = prepared(bench.other, 0);
    manage(TaskManagement.LOGICAL_UNIT_RESET);
    completed();
    bench.execute(gathering, Golden.filled(512, 1));
    bench.loop.runReady();
    isAborted(gathering);
    assertThat(bench.device.counts().writes()).isZero();
    bench.calm(bench.other);
    write(bench.other, 0);
    bench.loop.runReady();
    assertThat(bench.device.counts().writes()).isEqualTo(1);
  }

  @Test
  void aModeSelectThatGathersItsListIsAbortedToo() {
    Bench.Task gathering = bench.task(bench.other, 0, "15 10 00 00 10 00", TaskAttribute.SIMPLE);
    bench.target.prepare(gathering);
    manage(TaskManagement.LOGICAL_UNIT_RESET);
    completed();
    bench.execute(gathering, select());
    bench.loop.runReady();
    isAborted(gathering);
    bench.calm(bench.nexus);
    assertThat(bench.run("1A 08 0A 00 FF 00").data()[6]).as("D_SENSE").isZero();
  }

  @Test
  void anUnmapEndsBetweenItsRanges() {
    bench.hold.hold();
    byte[] list = EraseTest.list("0000000000000008 00000008", "0000000000000020 00000008");
    Bench.Task task = bench.start("42 00 00000000 00 0028 00", list);
    manage(TaskManagement.ABORT_TASK, bench.nexus, 0, task);
    bench.hold.letGo();
    completed();
    isAborted(task);
    assertThat(bench.device.counts().discards()).isEqualTo(1);
  }

  @Test
  void aBlockedWriteIsWaitedFor() {
    bench.hold.hold();
    write(bench.other, 0);
    Bench.Task blocked = write(bench.nexus, 0);
    manage(TaskManagement.ABORT_TASK_SET);
    bench.loop.runReady();
    assertThat(answers).isEmpty();
    bench.hold.letGo();
    completed();
    isAborted(blocked);
  }

  @Test
  void whatIsNotThereIsSaid() {
    manage(TaskManagement.CLEAR_ACA);
    manage(TaskManagement.LOGICAL_UNIT_RESET, bench.nexus, 7L << 48, null);
    bench.loop.runReady();
    assertThat(answers)
        .containsExactly(Response.FUNCTION_NOT_SUPPORTED, Response.LUN_DOES_NOT_EXIST);
  }

  @Test
  void aLostNexusIsDrained() {
    bench.hold.hold();
    Bench.Task own = write(bench.nexus, 0);
    Bench.Task others = write(bench.other, 8);
    boolean[] drained = new boolean[1];
    bench.target.nexusLost(bench.nexus, () -> drained[0] = true);
    bench.loop.runReady();
    assertThat(drained[0]).isFalse();
    bench.hold.letOneGo();
    bench.loop.runReady();
    assertThat(drained[0]).isTrue();
    isAborted(own);
    bench.hold.letGo();
    bench.loop.runReady();
    others.isGood();
  }
}
