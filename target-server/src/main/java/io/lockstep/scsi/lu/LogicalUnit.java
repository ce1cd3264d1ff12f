package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
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
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A direct access logical unit over a block device; or in standby, without one, on the node whose
/// mirror is Secondary.
///
/// Overlapping changes run one after another, so that COMPARE AND WRITE is atomic. A device must
/// answer every operation; then every task ends, aborted or not, before its abort is confirmed. A
/// task that gathers its data when it is aborted ends, without touching the medium, when it comes
/// to be executed.
/// Belongs to the loop of its device.
public final class LogicalUnit {
  /// Tasks in the task set, those that gather data among them; beyond it TASK SET FULL.
  public static final int TASKS_MAX = 512;

  private final LuIdentity identity;
  private final TargetPort port;
  private final Loop loop;
  private final BufferPool pool;
  private final Attentions attentions = new Attentions();
  private final TaskSet tasks = new TaskSet();
  private final RangeQueue changes = new RangeQueue();
  private final ArrayDeque<MediumWork> spare = new ArrayDeque<>();
  private final Drains drains = new Drains(this::later);
  private final SelfDescription description = new SelfDescription(this);
  private final PortAccess access;
  private final MediumForm form;

  private final UnitModes modes = new UnitModes(this, attentions);
  private @Nullable BlockDevice device;

  /// A logical unit in standby.
  public LogicalUnit(LuIdentity identity, TargetPort port, Loop loop, BufferPool pool) {
    this.identity = identity;
    this.port = port;
    this.loop = loop;
    this.pool = pool;
    this.access = new PortAccess(port, attentions);
    this.form = new MediumForm(identity.blockBytes());
  }

  // --- the daemon's side ---

  public LuIdentity identity() {
    return identity;
  }

  public TargetPort port() {
    return port;
  }

  /// Serves the medium from now on. Hosts are told that the path serves and to ask for the
  /// capacity again: what they know of it may be from before they could reach this port.
  public void activate(BlockDevice newDevice) {
    Check.that(device == null, "the logical unit is in standby");
    device = newDevice;
    form.served(newDevice.limits());
    access.serving(true);
    attentions.all(UnitAttention.CAPACITY_CHANGED);
  }

  /// This node is to serve, but its medium cannot be served, and no other path would help: hosts
  /// see a disk that is not ready.
  public void activateWithoutMedium(long sizeBytes) {
    Check.that(device == null, "the logical unit is in standby");
    access.serving(true);
    if (form.told(sizeBytes)) {
      attentions.all(UnitAttention.CAPACITY_CHANGED);
    }
  }

  /// Whether the medium may only be read; sessions hear of a change.
  public void mediumProtected(boolean now) {
    modes.mediumProtected(now);
  }

  /// Whether GOOD to a write may come before its data are stable on every disk (WCE); sessions hear
  /// of a change, except the one that made it.
  public void writeCache(boolean on, @Nullable Nexus by) {
    modes.writeCache(on, by);
  }

  /// Who keeps what a host selects.
  public void keeper(WriteCacheKeeper keeper) {
    modes.keeper(keeper);
  }

  /// Makes stable what was acknowledged, where this node serves.
  public void flush(Completion done) {
    BlockDevice now = device;
    if (now == null) {
      later(() -> done.completed(IoResult.OK));
    } else {
      now.flush(done);
    }
  }

  /// Stops to serve the medium; `drained` runs when no task touches it any more.
  public void standby(Runnable drained) {
    access.serving(false);
    drains.whenGone(
        tasks.running(_ -> true),
        () -> {
          device = null;
          drained.run();
        });
  }

  /// Whether the other node is known to serve the medium; it is not while no Primary is known.
  public void otherNodeActive(boolean active) {
    access.otherNodeActive(active);
  }

  /// Whether this node must not serve until a person has chosen between two copies that have
  /// parted: hosts are told to look for no medium here.
  public void unavailable(boolean now) {
    access.unavailable(now);
  }

  /// Whether the other node is about to serve what this one leaves: hosts are told to try again.
  public void transitioning(boolean now) {
    access.transitioning(now);
  }

  /// How the medium is reached, as far as this node knows.
  PortAccess access() {
    return access;
  }

  /// The device has another size now.
  public void capacityChanged() {
    BlockDevice now = device;
    if (now != null) {
      form.served(now.limits());
      attentions.all(UnitAttention.CAPACITY_CHANGED);
    }
  }

  /// In standby: how large the medium is, as the node that serves it says. Hosts hear of a change.
  ///
  /// @param sizeBytes what the other node said, so any number; one that cannot be is passed over
  public void standbySize(long sizeBytes) {
    if (!access.isServing() && form.told(sizeBytes)) {
      attentions.all(UnitAttention.CAPACITY_CHANGED);
    }
  }

  /// In standby: whether this node's disk gives back space, as it will say when it serves.
  public void standbyDiscards(boolean now) {
    if (device == null) {
      form.discards(now);
    }
  }

  /// Whether it can say how large the medium is: no host may log in before.
  public boolean knowsSize() {
    return form.blockCount() > 0;
  }

  /// Whether it serves the medium.
  public boolean isActive() {
    return access.isServing();
  }

  // --- tasks ---

  void nexusOpened(Nexus nexus) {
    attentions.opened(nexus);
  }

  void attention(Nexus nexus, UnitAttention attention) {
    attentions.one(nexus, attention);
  }

  /// The nexus has heard of it in another way.
  void told(Nexus nexus, UnitAttention attention) {
    attentions.clear(nexus, attention);
  }

  Optional<UnitAttention> nextAttention(Nexus nexus) {
    return attentions.next(nexus);
  }

  void nexusLost(Nexus nexus, Runnable drained) {
    attentions.closed(nexus);
    abort(TaskSet.of(nexus), drained);
  }

  /// Decodes and checks, and takes the task in as the last thing it does, so that it has not been
  /// when this throws; see [io.lockstep.scsi.ScsiTarget#prepare].
  void prepare(ScsiTask task, Command command) {
    Optional<ScsiResult> refusal = refusal(task, command);
    if (refusal.isPresent()) {
      refuse(task, refusal.get());
      return;
    }
    if (command == Command.START_STOP_UNIT) {
      prepareStop(task, command);
    } else if (MediumCommand.isOne(command)) {
      boolean writesSame = command == Command.WRITE_SAME_10 || command == Command.WRITE_SAME_16;
      prepareMedium(task, command, writesSame && (task.cdb()[1] & 0x08) != 0);
    } else {
      prepareOther(task, command);
    }
  }

  /// Whether this logical unit carries out a command that the table has.
  boolean offers(Command command) {
    return command != Command.UNMAP || form.limits().discardZeroes();
  }

  private void prepareOther(ScsiTask task, Command command) {
    task.work(command);
    task.dataOutBytes(description.dataOutBytes(command, task.cdb()));
    task.borrowedBytesMax(description.borrowedBytesMax(command));
    tasks.enter(task);
  }

  /// START STOP UNIT that stops, or changes the power condition, flushes first unless NO_FLUSH
  /// says otherwise (SBC-3 5.25).
  private void prepareStop(ScsiTask task, Command command) {
    byte[] cdb = task.cdb();
    boolean stops = (cdb[4] & 0xF1) != 0x01;
    boolean flushes = (cdb[4] & 0x04) == 0;
    if (stops && flushes) {
      prepareMedium(task, command, false);
    } else {
      prepareOther(task, command);
    }
  }

  private Optional<ScsiResult> refusal(ScsiTask task, Command command) {
    if (command.access() != Command.Access.ALWAYS) {
      Optional<UnitAttention> attention = attentions.next(task.nexus());
      if (attention.isPresent()) {
        return Optional.of(ScsiResult.unitAttention(attention.get()));
      }
    }
    if (command.access() == Command.Access.MEDIUM && !isReady()) {
      return Optional.of(notReady());
    }
    boolean full = tasks.size() >= TASKS_MAX && !command.isOfPath();
    return full ? Optional.of(tasks.full(task.nexus())) : Optional.empty();
  }

  private void prepareMedium(ScsiTask task, Command command, boolean unmap) {
    switch (MediumCommand.decode(command, task.cdb(), form.medium())) {
      case MediumCommand.Decoded.Refused(ScsiResult result) -> refuse(task, result);
      case MediumCommand.Decoded.Request(MediumCommand request) -> {
        MediumWork work = nextWork();
        work.begin(task, request, unmap);
        if (work.changes() && modePages().isWriteProtected()) {
          forget(work);
          refuse(task, ScsiResult.writeProtected());
          return;
        }
        if (request.isExact() && task.announcesOtherThan(request.dataOutBytes())) {
          forget(work);
          refuse(task, ScsiResult.invalidFieldInCdb(command.cdbBytes() - 3, -1));
          return;
        }
        task.work(work);
        task.dataOutBytes(request.dataOutBytes());
        task.borrowedBytesMax(work.borrowedBytesMax());
        tasks.enter(task);
      }
    }
  }

  private MediumWork nextWork() {
    return spare.isEmpty() ? new MediumWork(this) : spare.removeLast();
  }

  /// Carries out; see [io.lockstep.scsi.ScsiTarget#execute].
  void execute(ScsiTask task) {
    if (!tasks.isGathering(task)) {
      // Another logical unit had that LUN when the command was checked.
      task.work(null);
      refuse(task, ScsiResult.logicalUnitNotSupported());
    } else if (tasks.isAborted(task)) {
      dropWork(task);
      end(task, ScsiResult.aborted());
    } else if (tasks.add(task, task.work() instanceof Command command && command.isOfPath())) {
      start(task);
    }
  }

  /// The task will not be executed.
  void forget(ScsiTask task) {
    if (tasks.isGathering(task)) {
      tasks.remove(task);
      dropWork(task);
    }
  }

  private void dropWork(ScsiTask task) {
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
    } else if (work == Command.MODE_SELECT_6 || work == Command.MODE_SELECT_10) {
      modes.select(task, result -> end(task, result));
    } else {
      Command command = (Command) Check.present(work, "a command");
      end(task, Reading.of(task, pool, () -> description.answer(task, command), same -> same));
    }
  }

  /// Starts a command on the medium, or the next range of one.
  void startMedium(MediumWork work) {
    BlockDevice now = device;
    if (now == null || !access.isServing()) {
      later(() -> ended(work, notReady()));
      return;
    }
    if (tasks.isAborted(work.task())) {
      later(() -> ended(work, ScsiResult.aborted()));
      return;
    }
    if (!work.changes()
        || work.length() == 0
        || changes.enter(work, work.offset(), work.length())) {
      work.run(now);
    }
  }

  /// A command on the medium has ended.
  void ended(MediumWork work, ScsiResult result) {
    ScsiTask task = work.task();
    if (work.isHolding()) {
      release(work);
    }
    task.work(null);
    forget(work);
    end(task, result);
  }

  /// A range is free again: whoever waits for it goes first.
  void release(MediumWork work) {
    changes.leave(work);
  }

  /// The range of a change that waited for it is its own now.
  void admitted(MediumWork work) {
    work.run(Check.present(device, "the device of what is under way"));
  }

  /// UNMAP: now that its list is there.
  private void unmap(ScsiTask task) {
    switch (Reading.of(task, pool, () -> unmapList(task), UnmapList.Decoded.Refused::new)) {
      case UnmapList.Decoded.Refused(ScsiResult result) -> end(task, result);
      case UnmapList.Decoded.Ranges(List<BlockRange> ranges) -> {
        if (ranges.isEmpty()) {
          end(task, ScsiResult.good());
        } else if (modePages().isWriteProtected()) {
          end(task, ScsiResult.writeProtected());
        } else {
          MediumWork work = nextWork();
          work.beginUnmap(task, ranges);
          task.work(work);
          startMedium(work);
        }
      }
    }
  }

  private UnmapList.Decoded unmapList(ScsiTask task) {
    byte[] list = SelfDescription.dataOut(task);
    return UnmapList.decode(
        list, form.medium(), Inquiry.UNMAP_DESCRIPTORS_MAX, Inquiry.ERASE_BYTES_MAX);
  }

  /// The end of a task that was in the task set.
  private void end(ScsiTask task, ScsiResult result) {
    boolean aborted = tasks.remove(task);
    task.work(null);
    refuse(task, aborted ? ScsiResult.aborted() : result);
    for (ScsiTask next : tasks.startable()) {
      start(next);
    }
    drains.ended(task);
  }

  private void refuse(ScsiTask task, ScsiResult result) {
    task.end(result, modePages().descriptorSense());
    later(task.ending());
  }

  // --- task management ---

  /// Aborts tasks; `done` runs when none of them can touch the medium any more. Tasks that come
  /// later are not waited for.
  void abort(Predicate<ScsiTask> which, Runnable done) {
    for (ScsiTask dropped : tasks.abort(which)) {
      dropWork(dropped);
      refuse(dropped, ScsiResult.aborted());
    }
    drains.whenGone(tasks.running(which), done);
  }

  boolean contains(ScsiTask task) {
    return tasks.contains(task);
  }

  /// CLEAR TASK SET: all tasks; the other nexuses that lose some are told (SAM-5 7.5).
  void clear(Nexus by, Runnable done) {
    for (Nexus nexus : tasks.nexuses()) {
      if (!nexus.equals(by)) {
        attentions.one(nexus, UnitAttention.COMMANDS_CLEARED);
      }
    }
    abort(_ -> true, done);
  }

  /// LOGICAL UNIT RESET: back to default mode pages; every nexus is told.
  void reset(Runnable done) {
    modes.reset();
    attentions.all(UnitAttention.LOGICAL_UNIT_RESET);
    abort(_ -> true, done);
  }

  // --- what its parts ask ---

  /// What a command on the medium is told while there is none.
  ScsiResult.CheckCondition notReady() {
    return access.isServing() ? ScsiResult.manualIntervention() : access.refusal();
  }

  /// Whether commands on the medium are carried out.
  boolean isReady() {
    return device != null && access.isServing();
  }

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
    return form.blockCount();
  }

  BlockLimits limits() {
    return form.limits();
  }

  ModePages modePages() {
    return modes.pages();
  }
}
