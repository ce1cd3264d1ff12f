package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.TaskAttribute;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The order of tasks (SAM-5 8.6), and the task set's limit.
@Tag("unit")
class TaskSetTest {
  private final Bench bench = Bench.active();

  @AfterEach
  void nothingIsLeft() {
    bench.isQuiet();
  }

  private Bench.Task read(TaskAttribute attribute) {
    return bench.start(bench.task(bench.nexus, 0, "28 00 00000000 00 0001 00", attribute));
  }

  private void letOneGo() {
    bench.hold.letOneGo();
    bench.loop.runReady();
  }

  @Test
  void simpleTasksRunSideBySide() {
    bench.hold.hold();
    read(TaskAttribute.SIMPLE);
    read(TaskAttribute.SIMPLE);
    read(TaskAttribute.ACA); // without a contingent allegiance it is as any other
    assertThat(bench.hold.heldCount()).isEqualTo(3);
    bench.hold.letGo();
  }

  @Test
  void anOrderedTaskWaitsAndHoldsBack() {
    bench.hold.hold();
    Bench.Task before = read(TaskAttribute.SIMPLE);
    Bench.Task ordered = read(TaskAttribute.ORDERED);
    Bench.Task after = read(TaskAttribute.SIMPLE);
    Bench.Task behind = read(TaskAttribute.SIMPLE);
    assertThat(bench.hold.heldCount()).as("the first alone").isEqualTo(1);
    letOneGo();
    before.isGood();
    assertThat(bench.hold.heldCount()).as("the ordered one alone").isEqualTo(1);
    letOneGo();
    ordered.isGood();
    assertThat(bench.hold.heldCount()).as("both that waited for it").isEqualTo(2);
    bench.hold.letGo();
    bench.loop.runReady();
    after.isGood();
    behind.isGood();
  }

  @Test
  void twoOrderedTasksRunOneAfterTheOther() {
    bench.hold.hold();
    Bench.Task first = read(TaskAttribute.ORDERED);
    Bench.Task second = read(TaskAttribute.ORDERED);
    assertThat(bench.hold.heldCount()).isEqualTo(1);
    letOneGo();
    first.isGood();
    assertThat(second.isOver()).isFalse();
    letOneGo();
    second.isGood();
  }

  @Test
  void headOfQueuePassesAll() {
    bench.hold.hold();
    read(TaskAttribute.ORDERED);
    read(TaskAttribute.SIMPLE);
    assertThat(bench.hold.heldCount()).isEqualTo(1);
    read(TaskAttribute.HEAD_OF_QUEUE);
    assertThat(bench.hold.heldCount()).isEqualTo(2);
    bench.hold.letGo();
  }

  @Test
  void aTaskBeyondTheLimitIsToldSo() {
    bench.hold.hold();
    for (int index = 0; index < LogicalUnit.TASKS_MAX; index++) {
      read(TaskAttribute.SIMPLE);
    }
    Bench.Task tooMany = read(TaskAttribute.SIMPLE);
    bench.loop.runReady();
    tooMany.isRefused(new ScsiResult.TaskSetFull());
    bench.hold.letGo();
    bench.loop.runReady();
    read(TaskAttribute.SIMPLE);
    bench.loop.runReady();
  }

  /// SAM-5 5.3.1: TASK SET FULL is for a nexus that has tasks here, and waits for one of them.
  @Test
  void aNexusWithoutTasksIsToldBusy() {
    bench.hold.hold();
    for (int index = 0; index < LogicalUnit.TASKS_MAX; index++) {
      read(TaskAttribute.SIMPLE);
    }
    bench.run(bench.other, "28 00 00000000 00 0001 00").isRefused(new ScsiResult.Busy());
    bench.hold.letGo();
  }

  /// What multipath asks to find out whether a path lives.
  @Test
  void whatDescribesThePathIsAnsweredWhateverIsQueued() {
    bench.hold.hold();
    read(TaskAttribute.ORDERED);
    for (int index = 1; index < LogicalUnit.TASKS_MAX; index++) {
      read(TaskAttribute.SIMPLE);
    }
    for (String cdb :
        new String[] {
          "00 00 00 00 00 00",
          "12 00 00 0040 00",
          "03 00 00 00 12 00",
          "A3 0A 00000000 00000040 0000"
        }) {
      bench.run(cdb).isGood();
      bench.run(bench.other, cdb).isGood();
    }
    bench.run("A0 00 00 000000 00000100 00 00").isGood();
    bench.hold.letGo();
  }

  /// Writes that wait for their data count: else more of them than there are range locks could
  /// begin at once.
  @Test
  void tasksThatGatherDataCount() {
    List<Bench.Task> gathering = new ArrayList<>();
    for (int index = 0; index < LogicalUnit.TASKS_MAX + 88; index++) {
      Bench.Task task =
          bench.task(
              bench.nexus, 0, "2A 00 %08X 00 0001 00".formatted(index), TaskAttribute.SIMPLE);
      bench.target.prepare(task);
      gathering.add(task);
    }
    bench.hold.hold();
    gathering.stream()
        .filter(task -> !task.isEnded())
        .forEach(task -> bench.execute(task, Golden.filled(512, 1)));
    assertThat(bench.hold.heldCount()).isEqualTo(LogicalUnit.TASKS_MAX);
    bench.hold.letGo();
    bench.loop.runReady();
    assertThat(gathering.stream().filter(task -> task.result().equals(ScsiResult.good())))
        .hasSize(LogicalUnit.TASKS_MAX);
    assertThat(gathering).allSatisfy(task -> assertThat(task.endedCount).isEqualTo(1));
  }

  @Test
  void aForgottenTaskMakesRoom() {
    for (int index = 0; index < 2 * LogicalUnit.TASKS_MAX; index++) {
      Bench.Task task =
          bench.task(bench.nexus, 0, "2A 00 00000000 00 0001 00", TaskAttribute.SIMPLE);
      bench.target.prepare(task);
      assertThat(task.isEnded()).isFalse();
      bench.target.forget(task);
    }
    bench.run("2A 00 00000000 00 0001 00", new byte[512]).isGood();
  }

  @Test
  void whatIsForgottenIsNeverCarriedOut() {
    Bench.Task task = bench.task(bench.nexus, 0, "2A 00 00000000 00 0001 00", TaskAttribute.SIMPLE);
    bench.target.prepare(task);
    bench.target.forget(task);
    // The same object is used again, as the transport's pool does.
    task.begin(bench.nexus, 0, java.nio.ByteBuffer.wrap(new byte[6]), TaskAttribute.SIMPLE); // TUR
    bench.start(task);
    bench.loop.runReady();
    task.isGood();
    assertThat(bench.device.counts().writes()).isZero();
  }
}
