package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.Check;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.TaskAttribute;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An exception while a command is read ends that command, and nothing else. Planted are a
/// parameter list whose memory is gone, and a port whose name nobody can read.
@Tag("unit")
class ReadingTest {
  private final Bench bench = Bench.active();

  @AfterEach
  void theOthersAreServed() {
    bench.run("00 00 00 00 00 00").isGood();
    bench.isQuiet();
  }

  /// A buffer that throws when it is read.
  private static ByteBuffer unreadable(int length) {
    try (Arena arena = Arena.ofConfined()) {
      return arena.allocate(length).asByteBuffer();
    }
  }

  /// Hands over a task with an unreadable list, and gives the readable one back.
  private void execute(Bench.Task task, Runnable end) {
    ByteBuffer list = bench.pool.borrow(task.dataOutBytes());
    task.dataOut(unreadable(task.dataOutBytes()));
    bench.target.execute(task);
    end.run();
    task.dataOut(list);
    bench.loop.runReady();
  }

  private void ended(Bench.Task task) {
    task.isRefused(ScsiResult.internalTargetFailure());
    assertThat(task.fault).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"15 10 00 00 18 00", "55 10 00 00 00 00 00 0018 00", "42 00 00000000 00 0018 00"})
  void anExceptionWhileAParameterListIsReadEndsThatCommandAlone(String cdb) {
    Bench.Task task = bench.task(bench.nexus, 0, cdb, TaskAttribute.SIMPLE);
    bench.target.prepare(task);
    execute(task, () -> {});
    ended(task);
  }

  /// It starts in a turn of the loop in which no PDU is taken.
  @Test
  void soItIsWhereTheCommandHadToWait() {
    bench.hold.hold();
    Bench.Task write = bench.start("2A 00 00000010 00 0001 00", new byte[512]);
    Bench.Task select = bench.task(bench.nexus, 0, "15 10 00 00 18 00", TaskAttribute.ORDERED);
    bench.target.prepare(select);
    Bench.Task read = bench.task(bench.nexus, 0, "28 00 00000010 00 0001 00", TaskAttribute.SIMPLE);
    execute(
        select,
        () -> {
          bench.start(read);
          bench.hold.letOneGo();
          bench.loop.runUntil(select::isEnded, 1_000_000);
        });
    bench.hold.letGo();
    bench.loop.runReady();
    write.isGood();
    ended(select);
    read.isGood();
  }

  @Test
  void anExceptionWhileAnAnswerIsMadeEndsThatCommandAlone() {
    bench.target.map(1, unitWithoutName());
    Bench.Task inquiry =
        bench.task(bench.nexus, 1L << 48, "12 01 83 00 FF 00", TaskAttribute.SIMPLE);
    bench.start(inquiry);
    bench.loop.runReady();
    inquiry.isRefused(ScsiResult.internalTargetFailure());
    assertThat(inquiry.fault).isInstanceOf(NullPointerException.class);
    bench.calm(bench.nexus);
  }

  @SuppressWarnings("NullAway") // the fault that is planted
  private LogicalUnit unitWithoutName() {
    var port = new TargetPort(null, 1, 1);
    return new LogicalUnit(bench.unit.identity(), port, bench.loop, bench.pool);
  }

  /// The task set is ours: what fails there is not what the host sent.
  @Test
  void anExceptionOfTheTaskSetEndsTheProcess() {
    TaskSet stumbles =
        new TaskSet() {
          @Override
          void enter(ScsiTask task) {
            throw new IllegalStateException("planted");
          }
        };
    TargetPort port = TargetPort.ofNode("iqn.a", 0);
    bench.target.map(
        1, new LogicalUnit(bench.unit.identity(), port, bench.loop, bench.pool, stumbles));
    Bench.Task inquiry =
        bench.task(bench.nexus, 1L << 48, "12 00 00 00 FF 00", TaskAttribute.SIMPLE);
    assertThatThrownBy(() -> bench.target.prepare(inquiry))
        .isInstanceOf(AssertionError.class)
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(inquiry.fault).isNull();
    assertThat(inquiry.isEnded()).isFalse();
    bench.calm(bench.nexus);
  }

  /// Half an answer is not sent, and its buffer comes back.
  @Test
  void halfAnAnswerIsNone() {
    Bench.Task task = bench.task(bench.nexus, 0, "12 00 00 00 FF 00", TaskAttribute.SIMPLE);
    task.borrowedBytesMax(512);
    ScsiResult result =
        Reading.of(
            task,
            bench.pool,
            () -> {
              SelfDescription.give(bench.pool, task, Golden.filled(96, 1), 96);
              throw new IndexOutOfBoundsException("planted");
            },
            refused -> refused);
    assertThat(result).isEqualTo(ScsiResult.internalTargetFailure());
    assertThat(task.takeDataIn()).isNull();
    assertThat(bench.pool.borrowedBytes()).isZero();
  }

  @Test
  void anInvariantOfOurOwnStillEndsTheProcess() {
    Bench.Task task = bench.task(bench.nexus, 0, "12 00 00 00 FF 00", TaskAttribute.SIMPLE);
    assertThatThrownBy(
            () ->
                Reading.of(
                    task,
                    bench.pool,
                    () -> {
                      Check.that(false, "planted");
                      return ScsiResult.good();
                    },
                    refused -> refused))
        .isInstanceOf(AssertionError.class);
    assertThat(task.fault).isNull();
  }
}
