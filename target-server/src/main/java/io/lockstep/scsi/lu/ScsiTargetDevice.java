package io.lockstep.scsi.lu;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.scsi.Cdb;
import io.lockstep.scsi.Command;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.Sense;
import io.lockstep.scsi.TaskManagement;
import io.lockstep.scsi.UnitAttention;
import io.lockstep.scsi.spc.Inquiry;
import io.lockstep.scsi.spc.Reports;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A target device: logical units by number. Answers by itself what concerns absent ones and the
/// list of all. Belongs to one loop.
public final class ScsiTargetDevice implements ScsiTarget {
  /// The largest LUN that the flat space method can name (SAM-5 4.7.7.4).
  public static final int LUN_MAX = 16_383;

  /// REPORT LUNS with every LUN there can be: a head and each of them, of 8 bytes.
  private static final int LUN_LIST_BYTES_MAX = 8 * (1 + LUN_MAX + 1);

  private static final int ABSENT = -1;

  /// NACA in the CONTROL byte: contingent allegiance, which we do not have (SAM-5 5.2).
  private static final int NACA_BIT = 2;

  private final Loop loop;
  private final BufferPool pool;
  private final TreeMap<Integer, LogicalUnit> units = new TreeMap<>();
  private final Set<Nexus> nexuses = new LinkedHashSet<>();

  public ScsiTargetDevice(Loop loop, BufferPool pool) {
    this.loop = loop;
    this.pool = pool;
  }

  /// Adds a logical unit; sessions are told that the list has changed.
  public void map(int lun, LogicalUnit unit) {
    Check.that(lun >= 0 && lun <= LUN_MAX, "LUN", lun, LUN_MAX);
    Check.that(units.putIfAbsent(lun, unit) == null, "the LUN is free", lun, 0);
    nexuses.forEach(unit::nexusOpened);
    tellLunsChanged();
  }

  /// Takes a logical unit away; `drained` runs when none of its tasks is under way any more.
  public void unmap(int lun, Runnable drained) {
    LogicalUnit unit = Check.present(units.remove(lun), "the LUN is mapped");
    tellLunsChanged();
    unit.abort(_ -> true, drained);
  }

  private void tellLunsChanged() {
    for (LogicalUnit unit : units.values()) {
      nexuses.forEach(nexus -> unit.attention(nexus, UnitAttention.REPORTED_LUNS_CHANGED));
    }
  }

  /// The mapped LUNs, ascending.
  public List<Integer> luns() {
    return new ArrayList<>(units.keySet());
  }

  @Override
  public BufferPool pool() {
    return pool;
  }

  @Override
  public void nexusOpened(Nexus nexus) {
    nexuses.add(nexus);
    units.values().forEach(unit -> unit.nexusOpened(nexus));
  }

  @Override
  public void nexusLost(Nexus nexus, Runnable drained) {
    nexuses.remove(nexus);
    onAll(List.copyOf(units.values()), (unit, done) -> unit.nexusLost(nexus, done), drained);
  }

  @Override
  public void prepare(ScsiTask task) {
    LogicalUnit unit;
    try {
      unit = read(task);
    } catch (RuntimeException fault) {
      if (task.isEnded()) {
        throw Check.bug(fault); // Nothing is read any more when a task has ended.
      }
      end(task, null, Reading.failed(task, pool, fault));
      return;
    }
    if (unit != null && !task.isEnded()) {
      enter(unit, task);
    }
  }

  /// Reads and checks a command.
  ///
  /// @return the logical unit that it is for, to take it in unless it has ended; null if it is for
  ///     none
  private @Nullable LogicalUnit read(ScsiTask task) {
    Optional<Command> command = Command.of(task.cdb());
    LogicalUnit unit = units.get(number(task.lun()));
    task.ofPath(command.filter(Command::isOfPath).isPresent());
    if (command.isPresent() && Cdb.bit(task.cdb(), command.get().cdbBytes() - 1, NACA_BIT)) {
      end(task, unit, ScsiResult.invalidFieldInCdb(command.get().cdbBytes() - 1, NACA_BIT));
    } else if (command.isPresent() && command.get() == Command.REPORT_LUNS) {
      task.borrowedBytesMax((int) Math.min(Cdb.u32(task.cdb(), 6), LUN_LIST_BYTES_MAX));
      return null;
    } else if (unit == null) {
      prepareAbsent(task, command);
    } else if (command.isEmpty() || !unit.offers(command.get())) {
      boolean known = command.isEmpty() && Command.hasOperationCode(Cdb.u8(task.cdb(), 0));
      ScsiResult refusal =
          known ? ScsiResult.invalidFieldInCdb(1, 4) : ScsiResult.invalidOperationCode();
      end(task, unit, refusal);
    } else {
      unit.read(task, command.get());
    }
    return unit;
  }

  /// The edge ends here: the task set is ours, and what it throws is a bug.
  private static void enter(LogicalUnit unit, ScsiTask task) {
    try {
      unit.enter(task);
    } catch (RuntimeException bug) {
      throw Check.bug(bug);
    }
  }

  private void prepareAbsent(ScsiTask task, Optional<Command> command) {
    boolean answered =
        command.isPresent()
            && (command.get() == Command.INQUIRY || command.get() == Command.REQUEST_SENSE);
    if (answered) {
      task.borrowedBytesMax(SelfDescription.ANSWER_BYTES_MAX);
    } else {
      end(task, null, ScsiResult.logicalUnitNotSupported());
    }
  }

  @Override
  public void execute(ScsiTask task) {
    Command command = Command.of(task.cdb()).orElseThrow();
    LogicalUnit unit = units.get(number(task.lun()));
    if (command == Command.REPORT_LUNS) {
      end(task, unit, Reading.of(task, pool, () -> reportLuns(task), same -> same));
    } else if (unit != null) {
      unit.execute(task);
    } else {
      end(task, null, Reading.of(task, pool, () -> answerAbsent(task, command), same -> same));
    }
  }

  /// SELECT REPORT 00h to 02h (SPC-4 6.33): there are no well-known logical units.
  private ScsiResult reportLuns(ScsiTask task) {
    byte[] cdb = task.cdb();
    int select = Cdb.u8(cdb, 2);
    long allocation = Cdb.u32(cdb, 6);
    if (select > 0x02) {
      return ScsiResult.invalidFieldInCdb(2, -1);
    }
    if (allocation < 16) {
      return ScsiResult.invalidFieldInCdb(6, -1);
    }
    byte[] list = Reports.luns(select == 0x01 ? List.of() : units.keySet());
    SelfDescription.give(pool, task, list, allocation);
    units.values().forEach(unit -> unit.told(task.nexus(), UnitAttention.REPORTED_LUNS_CHANGED));
    return ScsiResult.good();
  }

  private ScsiResult answerAbsent(ScsiTask task, Command command) {
    byte[] cdb = task.cdb();
    if (command == Command.INQUIRY) {
      if (Cdb.bit(cdb, 1, 0) || Cdb.u8(cdb, 2) != 0) {
        return ScsiResult.invalidFieldInCdb(1, 0);
      }
      SelfDescription.give(pool, task, Inquiry.standardOfNothing(), Cdb.u16(cdb, 3));
      return ScsiResult.good();
    }
    if (command == Command.REQUEST_SENSE) {
      byte[] sense = Sense.encode(ScsiResult.logicalUnitNotSupported(), Cdb.bit(cdb, 1, 0));
      SelfDescription.give(pool, task, sense, Cdb.u8(cdb, 4));
      return ScsiResult.good();
    }
    return ScsiResult.logicalUnitNotSupported();
  }

  @Override
  public void forget(ScsiTask task) {
    LogicalUnit unit = units.get(number(task.lun()));
    if (unit != null) {
      unit.forget(task);
    }
  }

  @Override
  public void manage(
      TaskManagement function,
      Nexus nexus,
      long lun,
      @Nullable ScsiTask task,
      Consumer<TaskManagement.Response> done) {
    Runnable complete = () -> done.accept(TaskManagement.Response.FUNCTION_COMPLETE);
    switch (function) {
      case TARGET_WARM_RESET, TARGET_COLD_RESET -> {
        onAll(List.copyOf(units.values()), LogicalUnit::reset, complete);
        return;
      }
      case CLEAR_ACA -> {
        later(done, TaskManagement.Response.FUNCTION_NOT_SUPPORTED);
        return;
      }
      case ABORT_TASK, ABORT_TASK_SET, CLEAR_TASK_SET, LOGICAL_UNIT_RESET -> {}
    }
    LogicalUnit unit = units.get(number(lun));
    if (unit == null) {
      later(done, TaskManagement.Response.LUN_DOES_NOT_EXIST);
    } else if (function == TaskManagement.LOGICAL_UNIT_RESET) {
      unit.reset(complete);
    } else if (function == TaskManagement.ABORT_TASK_SET) {
      unit.abort(TaskSet.of(nexus), complete);
    } else if (function == TaskManagement.CLEAR_TASK_SET) {
      unit.clear(nexus, complete);
    } else {
      abortTask(unit, task, done, complete);
    }
  }

  private void abortTask(
      LogicalUnit unit,
      @Nullable ScsiTask task,
      Consumer<TaskManagement.Response> done,
      Runnable complete) {
    if (task == null || !unit.contains(task)) {
      later(done, TaskManagement.Response.TASK_DOES_NOT_EXIST);
    } else {
      unit.abort(other -> other.equals(task), complete);
    }
  }

  private void later(Consumer<TaskManagement.Response> done, TaskManagement.Response response) {
    loop.execute(() -> done.accept(response));
  }

  private void end(ScsiTask task, @Nullable LogicalUnit unit, ScsiResult result) {
    task.end(result, unit != null && unit.modePages().descriptorSense());
    loop.execute(task.ending());
  }

  private interface OnUnit {
    void run(LogicalUnit unit, Runnable done);
  }

  private void onAll(List<LogicalUnit> all, OnUnit action, Runnable done) {
    if (all.isEmpty()) {
      loop.execute(done);
      return;
    }
    int[] left = {all.size()};
    for (LogicalUnit unit : all) {
      action.run(
          unit,
          () -> {
            left[0]--;
            if (left[0] == 0) {
              done.run();
            }
          });
    }
  }

  /// The LUN of a LUN field: peripheral device or flat space addressing, first level; else absent.
  static int number(long lunField) {
    int first = (int) (lunField >>> 48);
    boolean deeper = (lunField & 0xFFFF_FFFF_FFFFL) != 0;
    return switch (first >> 14) {
      case 0 -> deeper || first > 255 ? ABSENT : first;
      case 1 -> deeper ? ABSENT : first & 0x3FFF;
      default -> ABSENT;
    };
  }
}
