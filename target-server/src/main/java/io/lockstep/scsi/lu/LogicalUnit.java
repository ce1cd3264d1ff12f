package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeLocks;
import io.lockstep.scsi.Command;
import io.lockstep.scsi.LuIdentity;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.UnitAttention;
import io.lockstep.scsi.sbc.MediumCommand;
import io.lockstep.scsi.sbc.UnmapList;
import io.lockstep.scsi.spc.Inquiry;
import io.lockstep.scsi.spc.ModePages;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A direct access logical unit over a block device; or in standby, without one, on the node whose
/// mirror is Secondary.
///
/// Overlapping changes run one after another, so that COMPARE AND WRITE is atomic. A device must
/// answer every operation; then every task ends, aborted or not, before its abort is confirmed.
/// Belongs to the loop of its device.
public final class LogicalUnit {
  /// Tasks in the task set; beyond it TASK SET FULL.
  public static final int TASKS_MAX = 512;

  private final LuIdentity identity;
  private final TargetPort port;
  private final Loop loop;
  private final BufferPool pool;
  private final Attentions attentions = new Attentions();
  private final TaskSet tasks = new TaskSet();
  private final RangeLocks locks = new RangeLocks(TASKS_MAX);
  private final ArrayDeque<MediumWork> blocked = new ArrayDeque<>();
  private final ArrayDeque<MediumWork> spare = new ArrayDeque<>();
  private final ArrayList<Drain> drains = new ArrayList<>();
  private final SelfDescription description = new SelfDescription(this);

  private ModePages modePages = ModePages.DEFAULT;
  private @Nullable BlockDevice device;
  private BlockLimits limits;
  private boolean accepting;

  /// A logical unit in standby.
  public LogicalUnit(LuIdentity identity, TargetPort port, Loop loop, BufferPool pool) {
    this.identity = identity;
    this.port = port;
    this.loop = loop;
    this.pool = pool;
    this.limits = new BlockLimits(0, identity.blockBytes(), 4096, 4096, 1, true, true);
  }

  // --- the daemon's side ---

  public LuIdentity identity() {
    return identity;
  }

  public TargetPort port() {
    return port;
  }

  /// Serves the medium from now on.
  public void activate(BlockDevice newDevice) {
    Check.that(device == null, "the logical unit is in standby");
    Check.that(newDevice.limits().logicalBlockBytes() <= identity.blockBytes(), "block size fits");
    device = newDevice;
    limits = newDevice.limits();
    accepting = true;
    attentions.all(UnitAttention.ACCESS_STATE_CHANGED);
  }

  /// Stops to serve the medium; `drained` runs when no task touches it any more.
  public void standby(Runnable drained) {
    accepting = false;
    attentions.all(UnitAttention.ACCESS_STATE_CHANGED);
    whenGone(
        _ -> true,
        () -> {
          device = null;
          drained.run();
        });
  }

  /// The device has another size now.
  public void capacityChanged() {
    BlockDevice now = device;
    if (now != null) {
      limits = now.limits();
      attentions.all(UnitAttention.CAPACITY_CHANGED);
    }
  }

  /// Whether it serves the medium.
  public boolean isActive() {
    return accepting;
  }

  // --- tasks ---

  void nexusOpened(Nexus nexus) {
    attentions.opened(nexus);
  }

  void attention(Nexus nexus, UnitAttention attention) {
    attentions.one(nexus, attention);
  }

  void nexusLost(Nexus nexus, Runnable drained) {
    attentions.closed(nexus);
    abort(TaskSet.of(nexus), drained);
  }

  /// Decodes and checks; see [io.lockstep.scsi.ScsiTarget#prepare].
  void prepare(ScsiTask task, Command command) {
    Optional<ScsiResult> refusal = refusal(task, command);
    if (refusal.isPresent()) {
      refuse(task, refusal.get());
      return;
    }
    switch (command) {
      case READ_6, READ_10, READ_12, READ_16, WRITE_6, WRITE_10, WRITE_12, WRITE_16 ->
          prepareMedium(task, command, false);
      case WRITE_AND_VERIFY_10, WRITE_AND_VERIFY_12, WRITE_AND_VERIFY_16 ->
          prepareMedium(task, command, false);
      case VERIFY_10, VERIFY_12, VERIFY_16, SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16 ->
          prepareMedium(task, command, false);
      case COMPARE_AND_WRITE -> prepareMedium(task, command, false);
      case WRITE_SAME_10, WRITE_SAME_16 ->
          prepareMedium(task, command, (task.cdb()[1] & 0x08) != 0);
      case TEST_UNIT_READY,
          REQUEST_SENSE,
          INQUIRY,
          MODE_SELECT_6,
          MODE_SENSE_6,
          START_STOP_UNIT,
          PREVENT_ALLOW_MEDIUM_REMOVAL,
          READ_CAPACITY_10,
          UNMAP,
          MODE_SELECT_10,
          MODE_SENSE_10,
          PERSISTENT_RESERVE_IN_READ_KEYS,
          PERSISTENT_RESERVE_IN_READ_RESERVATION,
          PERSISTENT_RESERVE_IN_REPORT_CAPABILITIES,
          READ_CAPACITY_16,
          GET_LBA_STATUS,
          REPORT_LUNS,
          REPORT_TARGET_PORT_GROUPS,
          REPORT_SUPPORTED_OPERATION_CODES,
          REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS ->
          task.dataOutBytes(description.dataOutBytes(command, task.cdb()));
    }
  }

  private Optional<ScsiResult> refusal(ScsiTask task, Command command) {
    if (command.access() != Command.Access.ALWAYS) {
      Optional<UnitAttention> attention = attentions.next(task.nexus());
      if (attention.isPresent()) {
        return Optional.of(ScsiResult.unitAttention(attention.get()));
      }
    }
    if (command.access() == Command.Access.MEDIUM && !accepting) {
      return Optional.of(ScsiResult.standby());
    }
    if (tasks.size() >= TASKS_MAX) {
      return Optional.of(new ScsiResult.TaskSetFull());
    }
    return Optional.empty();
  }

  private void prepareMedium(ScsiTask task, Command command, boolean unmap) {
    switch (MediumCommand.decode(command, task.cdb(), medium())) {
      case MediumCommand.Decoded.Refused(ScsiResult result) -> refuse(task, result);
      case MediumCommand.Decoded.Request(MediumCommand request) -> {
        MediumWork work = spare.isEmpty() ? new MediumWork(this) : spare.removeLast();
        work.begin(task, request, unmap);
        if (work.changes() && modePages.softwareWriteProtect()) {
          forget(work);
          refuse(task, ScsiResult.writeProtected());
          return;
        }
        task.work(work);
        task.dataOutBytes(request.dataOutBytes());
      }
    }
  }

  MediumCommand.Medium medium() {
    return new MediumCommand.Medium(
        blockBytes(),
        blockCount(),
        Inquiry.TRANSFER_BYTES_MAX,
        Inquiry.ERASE_BYTES_MAX,
        Inquiry.COMPARE_BLOCKS_MAX);
  }

  /// Carries out; see [io.lockstep.scsi.ScsiTarget#execute].
  void execute(ScsiTask task, Command command) {
    if (!(task.work() instanceof MediumWork)) {
      task.work(command);
    }
    if (tasks.add(task)) {
      start(task);
    }
  }

  /// The task will not be executed.
  void forget(ScsiTask task) {
    if (task.work() instanceof MediumWork work) {
      forget(work);
    }
    task.work(null);
  }

  private void forget(MediumWork work) {
    work.clear();
    spare.add(work);
  }

  private void start(ScsiTask task) {
    Object work = task.work();
    if (work instanceof MediumWork medium) {
      startMedium(medium);
    } else if (work == Command.UNMAP) {
      unmap(task);
    } else {
      end(task, description.answer(task, (Command) Check.present(work, "a command")));
    }
  }

  private void startMedium(MediumWork work) {
    BlockDevice now = device;
    if (now == null || !accepting) {
      later(() -> ended(work, ScsiResult.standby()));
      return;
    }
    if (work.changes() && work.length() > 0) {
      if (overlapsBlocked(work) || !locks.tryLock(work.offset(), work.length())) {
        blocked.add(work);
        return;
      }
      work.locked();
    }
    work.run(now);
  }

  private boolean overlapsBlocked(MediumWork work) {
    for (MediumWork other : blocked) {
      if (other.offset() < work.offset() + work.length()
          && work.offset() < other.offset() + other.length()) {
        return true;
      }
    }
    return false;
  }

  /// A command on the medium has ended.
  void ended(MediumWork work, ScsiResult result) {
    ScsiTask task = work.task();
    if (work.isLocked()) {
      locks.unlock(work.offset(), work.length());
    }
    task.work(null);
    forget(work);
    end(task, result);
    unblock();
  }

  private void unblock() {
    BlockDevice now = device;
    for (Iterator<MediumWork> each = blocked.iterator(); each.hasNext() && now != null; ) {
      MediumWork work = each.next();
      if (locks.tryLock(work.offset(), work.length())) {
        each.remove();
        work.locked();
        work.run(now);
      }
    }
  }

  /// UNMAP: its ranges one after another, each as a change of its own.
  private void unmap(ScsiTask task) {
    byte[] list = description.dataOut(task);
    var decoded =
        UnmapList.decode(list, medium(), Inquiry.UNMAP_DESCRIPTORS_MAX, Inquiry.ERASE_BYTES_MAX);
    switch (decoded) {
      case UnmapList.Decoded.Refused(ScsiResult result) -> end(task, result);
      case UnmapList.Decoded.Ranges(List<BlockRange> ranges) -> {
        if (modePages.softwareWriteProtect() && !ranges.isEmpty()) {
          end(task, ScsiResult.writeProtected());
        } else {
          unmapNext(task, ranges, 0);
        }
      }
    }
  }

  private void unmapNext(ScsiTask task, List<BlockRange> ranges, int index) {
    BlockDevice now = device;
    if (index == ranges.size()) {
      end(task, ScsiResult.good());
    } else if (now == null) {
      end(task, ScsiResult.standby());
    } else {
      BlockRange range = ranges.get(index);
      now.discard(
          range.offset(),
          range.length(),
          result -> {
            if (result.isOk()) {
              unmapNext(task, ranges, index + 1);
            } else {
              end(task, sense(result, false));
            }
          });
    }
  }

  /// The end of a task that was in the task set.
  private void end(ScsiTask task, ScsiResult result) {
    boolean aborted = tasks.remove(task);
    task.work(null);
    refuse(task, aborted ? ScsiResult.aborted() : result);
    for (ScsiTask next : tasks.startable()) {
      start(next);
    }
    for (Iterator<Drain> each = drains.iterator(); each.hasNext(); ) {
      Drain drain = each.next();
      if (!tasks.has(drain.which)) {
        each.remove();
        later(drain.done);
      }
    }
  }

  private void refuse(ScsiTask task, ScsiResult result) {
    task.end(result, modePages.descriptorSense());
    later(task::tellCompleted);
  }

  // --- task management ---

  /// Aborts tasks; `done` runs when none of them can touch the medium any more.
  void abort(Predicate<ScsiTask> which, Runnable done) {
    for (ScsiTask dropped : tasks.abort(which)) {
      forget(dropped);
      refuse(dropped, ScsiResult.aborted());
    }
    whenGone(which, done);
  }

  boolean contains(ScsiTask task) {
    return tasks.contains(task);
  }

  /// Nexuses whose tasks would be aborted by `which`, other than `by`, are told.
  void tellCleared(Nexus by) {
    attentions.others(by, UnitAttention.COMMANDS_CLEARED);
  }

  /// LOGICAL UNIT RESET: back to default mode pages; every nexus is told.
  void reset(Runnable done) {
    modePages = ModePages.DEFAULT;
    attentions.all(UnitAttention.LOGICAL_UNIT_RESET);
    abort(_ -> true, done);
  }

  private void whenGone(Predicate<ScsiTask> which, Runnable done) {
    if (tasks.has(which)) {
      drains.add(new Drain(which, done));
    } else {
      later(done);
    }
  }

  private record Drain(Predicate<ScsiTask> which, Runnable done) {}

  // --- what its parts ask ---

  void later(Runnable task) {
    loop.execute(task);
  }

  BufferPool pool() {
    return pool;
  }

  int blockBytes() {
    return identity.blockBytes();
  }

  long blockCount() {
    return limits.sizeBytes() / identity.blockBytes();
  }

  BlockLimits limits() {
    return limits;
  }

  ModePages modePages() {
    return modePages;
  }

  void modePages(ModePages pages, Nexus by) {
    if (!pages.equals(modePages)) {
      modePages = pages;
      attentions.others(by, UnitAttention.MODE_PARAMETERS_CHANGED);
    }
  }

  /// What an I/O result means to an initiator. Trouble of the mirror is never a medium error.
  static ScsiResult sense(IoResult result, boolean reading) {
    return switch (result.reason()) {
      case OK -> ScsiResult.good();
      case MEDIUM_ERROR -> reading ? ScsiResult.readError() : ScsiResult.writeError();
      case NO_SPACE -> ScsiResult.spaceAllocationFailed();
      case NOT_READY, CLOSED -> ScsiResult.standby();
      case BUSY -> new ScsiResult.Busy();
    };
  }
}
