package io.lockstep.scsi.lu;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.scsi.Command;
import io.lockstep.scsi.Golden;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.TaskAttribute;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Each command that there is, with random fields and parameter lists, and every other operation
/// code, in whatever state a logical unit can be: answered once, by what it is and not by an
/// exception, with every buffer given back. `-Dlockstep.seed=N` takes other dice.
@Tag("fuzz")
class RolesFuzzTest {
  private static final long SEED = Long.getLong("lockstep.seed", 1);
  private static final int ROUNDS = Boolean.getBoolean("lockstep.long") ? 10_000 : 100;

  /// What stands behind the port.
  enum Role {
    PRIMARY,
    PRIMARY_OF_LARGE_BLOCKS,
    PRIMARY_OF_WHAT_IS_ONLY_READ,
    PRIMARY_WITHOUT_CACHE,
    PRIMARY_WITHOUT_MEDIUM,
    STANDBY,
    STANDBY_OF_UNKNOWN_SIZE,
    TRANSITIONING,
    UNAVAILABLE,
    ABSENT
  }

  private static Bench bench(Role role) {
    Bench bench =
        switch (role) {
          case PRIMARY, PRIMARY_OF_WHAT_IS_ONLY_READ, PRIMARY_WITHOUT_CACHE, ABSENT ->
              Bench.active();
          case PRIMARY_OF_LARGE_BLOCKS -> Bench.withBlocksOf(4096);
          case PRIMARY_WITHOUT_MEDIUM,
              STANDBY,
              STANDBY_OF_UNKNOWN_SIZE,
              TRANSITIONING,
              UNAVAILABLE ->
              Bench.standby();
        };
    switch (role) {
      case PRIMARY, PRIMARY_OF_LARGE_BLOCKS, STANDBY_OF_UNKNOWN_SIZE -> {}
      case PRIMARY_OF_WHAT_IS_ONLY_READ -> bench.unit.mediumProtected(true);
      case PRIMARY_WITHOUT_CACHE -> bench.unit.writeCache(false, null);
      case PRIMARY_WITHOUT_MEDIUM -> bench.unit.activateWithoutMedium(Bench.DISK_BYTES);
      case STANDBY -> bench.unit.standbySize(Bench.DISK_BYTES);
      case TRANSITIONING -> {
        bench.unit.standbySize(Bench.DISK_BYTES);
        bench.unit.transitioning(true);
      }
      case UNAVAILABLE -> {
        bench.unit.standbySize(Bench.DISK_BYTES);
        bench.unit.unavailable(true);
      }
      case ABSENT -> bench.target.unmap(Bench.LUN, () -> {});
    }
    return bench;
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void everyCommandIsAnswered(Role role) {
    Random random = new Random(SEED + role.name().hashCode());
    Bench bench = bench(role);
    Set<Command> good = EnumSet.noneOf(Command.class);
    for (int round = 0; round < ROUNDS; round++) {
      bench.unit.reset(() -> {});
      bench.calm(bench.nexus);
      for (Command command : Command.values()) {
        byte[] cdb = CommandFuzzTest.cdb(random, command);
        if (random.nextBoolean()) {
          withShortList(random, cdb);
        }
        Bench.Task task = answered(bench, cdb, random);
        if (task.result() instanceof ScsiResult.Good) {
          good.add(command);
        }
      }
      byte[] cdb = new byte[1 + random.nextInt(32)];
      random.nextBytes(cdb);
      answered(bench, cdb, random);
    }
    bench.isQuiet();
    if (role == Role.PRIMARY) {
      assertThat(good)
          .as("commands that were carried out")
          .contains(Command.MODE_SELECT_6, Command.MODE_SELECT_10, Command.UNMAP);
    }
  }

  /// The length of a list that holds one or two pages or ranges.
  private static void withShortList(Random random, byte[] cdb) {
    int count = 1 + random.nextInt(2);
    switch (cdb[0]) {
      case 0x15 -> cdb[4] = (byte) (4 + 20 * count);
      case 0x55, 0x42 -> {
        cdb[7] = 0;
        cdb[8] = (byte) (8 + (cdb[0] == 0x55 ? 20 : 16) * count);
      }
      default -> {}
    }
  }

  private static Bench.Task answered(Bench bench, byte[] cdb, Random random) {
    String what = "seed " + SEED + ": " + Golden.hex(cdb);
    Bench.Task task = bench.task(bench.nexus, 0, Golden.hex(cdb), TaskAttribute.SIMPLE);
    bench.target.prepare(task);
    if (!task.isEnded()) {
      byte[] list = list(random, cdb[0], task.dataOutBytes());
      bench.execute(task, list);
      what += " with " + Golden.hex(list.length > 64 ? new byte[0] : list);
    }
    bench.loop.runReady();
    assertThat(task.endedCount).as(what).isEqualTo(1);
    assertThat(task.fault).as(what).isNull();
    assertThat(bench.pool.borrowedBytes()).as(what).isZero();
    return task;
  }

  /// A parameter list: any bytes, or one that is nearly right.
  private static byte[] list(Random random, byte operationCode, int length) {
    byte[] list = new byte[length];
    switch (random.nextInt(4)) {
      case 0 -> random.nextBytes(list);
      case 1 -> {}
      default -> {
        switch (operationCode) {
          case 0x15 -> modePages(list, 4);
          case 0x55 -> modePages(list, 8);
          case 0x42 -> unmapRanges(random, list);
          default -> {}
        }
        for (int changes = random.nextInt(3); changes > 0 && length > 0; changes--) {
          list[random.nextInt(length)] = (byte) random.nextInt(256);
        }
      }
    }
    return list;
  }

  /// A caching page, as often as it fits: the last one may be cut.
  private static void modePages(byte[] list, int header) {
    for (int at = header; at < list.length; at++) {
      int inPage = (at - header) % 20;
      list[at] = (byte) (inPage == 0 ? 0x08 : inPage == 1 ? 18 : inPage == 2 ? 4 : 0);
    }
  }

  private static void unmapRanges(Random random, byte[] list) {
    for (int at = 0; at < list.length; at++) {
      int inRange = (at - 8) % 16;
      list[at] = (byte) (at == 3 || inRange == 7 || inRange == 11 ? random.nextInt(256) : 0);
    }
  }
}
