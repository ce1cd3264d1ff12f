package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.block.filter.DelayFilter;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.block.filter.StatisticsFilter;
import io.lockstep.scsi.Command;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.SenseKey;
import io.lockstep.scsi.TaskAttribute;
import io.lockstep.scsi.TaskManagement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Random commands: never an exception, each ends exactly once, every buffer comes back, and a
/// command that is refused as an ILLEGAL REQUEST has changed nothing. A failure prints its seed,
/// to which `-Dlockstep.seed=N` is added; `-Dlockstep.long=true` goes on a hundred times as long.
@Tag("fuzz")
class CommandFuzzTest {
  private static final long DICE = Long.getLong("lockstep.seed", 0);
  private static final int TIMES = Boolean.getBoolean("lockstep.long") ? 100 : 1;
  private static final int COMMANDS = 4000 * TIMES;
  private static final int ROUNDS = 600 * TIMES;

  /// A CDB of 1 to 32 random bytes, or one from the table with random fields: mostly small numbers,
  /// so that many commands are valid.
  private static byte[] cdb(Random random) {
    if (random.nextInt(4) == 0) {
      byte[] cdb = new byte[1 + random.nextInt(32)];
      random.nextBytes(cdb);
      return cdb;
    }
    Command[] all = Command.values();
    return cdb(random, all[random.nextInt(all.length)]);
  }

  static byte[] cdb(Random random, Command command) {
    byte[] usage = command.usage();
    boolean small = random.nextInt(3) != 0;
    byte[] cdb = new byte[usage.length];
    for (int at = 0; at < usage.length; at++) {
      int field = small && at < usage.length - 3 ? 0 : random.nextInt(256);
      boolean flags = at == 1 && random.nextInt(3) == 0;
      cdb[at] = (byte) (usage[at] & (flags ? random.nextInt(256) : field));
    }
    cdb[0] = usage[0];
    if (command.hasServiceAction()) {
      cdb[1] = usage[1];
    }
    if (random.nextInt(20) != 0) {
      cdb[cdb.length - 1] = 0;
    }
    return cdb;
  }

  private static byte[] data(Random random) {
    byte[] data = new byte[random.nextInt(2048)];
    if (random.nextInt(3) != 0) {
      random.nextBytes(data);
    }
    if (data.length > 16 && random.nextBoolean()) { // nearly an UNMAP list
      for (int at = 0; at < 16; at++) {
        data[at] = (byte) (at == 3 ? 32 : at == 15 ? random.nextInt(256) : 0);
      }
    }
    return data;
  }

  private static long changes(StatisticsFilter device) {
    StatisticsFilter.Counts counts = device.counts();
    return counts.writes() + counts.discards() + counts.zeroes();
  }

  @ParameterizedTest
  @EnumSource(Command.class)
  void noCommandBorrowsMoreThanItAnnounced(Command command) {
    Bench bench = Bench.withBlocksOf(512);
    Random random = new Random(command.name().hashCode() + DICE);
    for (int round = 0; round < 200; round++) {
      byte[] cdb = cdb(random, command);
      bench.hold.hold();
      Bench.Task task = bench.task(bench.nexus, 0, Golden.hex(cdb), TaskAttribute.SIMPLE);
      bench.start(task, data(random));
      bench.loop.runReady();
      long most =
          BufferPool.memoryBytes(task.dataOutBytes())
              + BufferPool.memoryBytes(task.borrowedBytesMax());
      assertThat(bench.pool.borrowedBytes()).as(Golden.hex(cdb)).isLessThanOrEqualTo(most);
      bench.hold.letGo();
      bench.loop.runReady();
      assertThat(task.endedCount).isEqualTo(1);
    }
    bench.isQuiet();
  }

  @Test
  void aTaskThatBorrowsMoreThanItAnnouncedIsABug() {
    Bench bench = Bench.withBlocksOf(512);
    Bench.Task task = bench.task(bench.nexus, 0, "28 00 00000000 00 0001 00", TaskAttribute.SIMPLE);
    bench.target.prepare(task);
    assertThat(task.borrowedBytesMax()).isEqualTo(512);
    assertThatThrownBy(() -> task.borrow(bench.pool, 513)).isInstanceOf(AssertionError.class);
    bench.pool.giveBack(task.borrow(bench.pool, 512));
    assertThatThrownBy(() -> task.borrow(bench.pool, 1)).isInstanceOf(AssertionError.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void oneAfterAnother(long seed) {
    Random random = new Random(seed + DICE);
    Bench bench = Bench.withBlocksOf(random.nextBoolean() ? 512 : 4096);
    int good = 0;
    for (int index = 0; index < COMMANDS; index++) {
      byte[] cdb = cdb(random);
      String what = "seed " + seed + ", command " + index + ": " + Golden.hex(cdb);
      long lun = random.nextInt(10) == 0 ? random.nextLong() : 0;
      long before = changes(bench.device);
      Bench.Task task = bench.task(bench.nexus, lun, Golden.hex(cdb), TaskAttribute.SIMPLE);
      bench.start(task, data(random));
      bench.loop.runReady();
      assertThat(task.endedCount).as(what).isEqualTo(1);
      assertThat(bench.pool.borrowedBytes()).as(what).isZero();
      if (task.result() instanceof ScsiResult.CheckCondition condition) {
        assertThat(task.sense()).as(what).hasSizeBetween(8, 20);
        if (condition.key() == SenseKey.ILLEGAL_REQUEST || condition.key() == SenseKey.MISCOMPARE) {
          assertThat(task.data()).as(what).isEmpty();
          boolean verifies = condition.key() == SenseKey.MISCOMPARE && isWriteAndVerify(cdb);
          assertThat(changes(bench.device) == before || verifies).as(what).isTrue();
        }
      } else {
        good++;
      }
    }
    assertThat(good).as("seed %d: commands that were carried out", seed).isGreaterThan(500);
    bench.isQuiet();
  }

  private static boolean isWriteAndVerify(byte[] cdb) {
    return cdb[0] == 0x2E || cdb[0] == (byte) 0xAE || cdb[0] == (byte) 0x8E;
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18})
  void allAtOnce(long seed) {
    Random random = new Random(seed + DICE);
    Bench bench =
        Bench.over(
            (device, loop) ->
                new DelayFilter(
                    LimitsFilter.withTransfersOf(device, 8192),
                    loop,
                    () -> random.nextInt(1_000_000)));
    bench.faults.failing(FaultFilter.random(seed, 50, IoResult.mediumError("planted")));
    Crowd crowd = new Crowd(bench, random);
    for (int round = 0; round < ROUNDS; round++) {
      crowd.round(round % 97 == 96);
    }
    crowd.end("seed " + seed);
  }

  /// Many commands under way, some aborted, some forgotten.
  private static final class Crowd {
    private final Bench bench;
    private final Random random;
    private final List<Bench.Task> begun = new ArrayList<>();
    private final List<Bench.Task> gathering = new ArrayList<>();
    private int managedCount;
    private int answeredCount;

    Crowd(Bench bench, Random random) {
      this.bench = bench;
      this.random = random;
    }

    void round(boolean changesRole) {
      Nexus who = random.nextBoolean() ? bench.nexus : bench.other;
      TaskAttribute attribute = List.of(TaskAttribute.values()).get(random.nextInt(4));
      Bench.Task task = bench.task(who, 0, Golden.hex(cdb(random)), attribute);
      begun.add(task);
      bench.target.prepare(task);
      if (!task.isEnded()) {
        gathering.add(task);
      }
      if (gathering.size() > random.nextInt(8)) {
        Bench.Task next = gathering.remove(random.nextInt(gathering.size()));
        if (random.nextInt(10) == 0) {
          bench.target.forget(next);
          begun.remove(next);
        } else {
          bench.execute(next, data(random));
        }
      }
      if (random.nextInt(30) == 0) {
        manage(who);
      }
      if (changesRole) {
        boolean[] drained = new boolean[1];
        bench.unit.standby(() -> drained[0] = true);
        bench.loop.runUntil(() -> drained[0], 1_000_000);
        assertThat(bench.device.counts().inFlight()).isZero();
        bench.unit.activate(bench.device);
      }
      bench.loop.advance(random.nextInt(400_000));
    }

    private void manage(Nexus who) {
      TaskManagement function = List.of(TaskManagement.values()).get(random.nextInt(7));
      List<Bench.Task> own =
          begun.stream()
              .filter(task -> !task.isOver() && !gathering.contains(task))
              .filter(task -> task.nexus().equals(who))
              .toList();
      boolean one = function == TaskManagement.ABORT_TASK && !own.isEmpty();
      managedCount++;
      bench.target.manage(
          function, who, 0, one ? own.get(random.nextInt(own.size())) : null, _ -> answeredCount++);
    }

    void end(String seed) {
      gathering.forEach(task -> bench.execute(task, data(random)));
      bench.loop.advance(1_000_000_000);
      assertThat(begun).as(seed).allSatisfy(task -> assertThat(task.endedCount).isEqualTo(1));
      assertThat(answeredCount).as(seed).isEqualTo(managedCount).isGreaterThan(5);
      bench.isQuiet();
      bench.faults.failing(_ -> IoResult.OK);
      bench.calm(bench.nexus);
      for (int lba = 0; lba < Bench.DISK_BLOCKS; lba += 0x2000) {
        // No range is still locked.
        Bench.Task task = bench.start("2A 00 %08X 00 2000 00".formatted(lba), new byte[4 << 20]);
        bench.loop.advance(1_000_000_000);
        task.isGood();
      }
    }
  }
}
