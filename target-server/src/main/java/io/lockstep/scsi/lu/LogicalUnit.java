package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
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
import io.lockstep.scsi.TaskWork;
import io.lockstep.scsi.UnitAttention;
import io.lockstep.scsi.sbc.MediumRequest;
import io.lockstep.scsi.spc.ModePages;
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
  private final Loop loop;
  private final BufferPool pool;
  private final Attentions attentions = new Attentions();
  private final TaskSet tasks;
  private final Drains drains = new Drains(this::later);
  private final UnitMedium medium;
  private final UnitModes modes;
  private final UnitAccess access;
  private final SelfDescription description;
  private final MediumWorks works;

  /// A logical unit in standby.
  public LogicalUnit(LuIdentity identity, TargetPort port, Loop loop, BufferPool pool) {
    this(identity, port, loop, pool, new TaskSet());
  }

  LogicalUnit(LuIdentity identity, TargetPort port, Loop loop, BufferPool pool, TaskSet tasks) {
    this.identity = identity;
    this.loop = loop;
    this.pool = pool;
    this.tasks = tasks;
    PortAccess portAccess = new PortAccess(port, attentions);
    this.medium = new UnitMedium(new MediumForm(identity.blockBytes()), portAccess, attentions);
    this.modes = new UnitModes(attentions, medium, pool, loop);
    this.access = new UnitAccess(attentions, medium, modes, Reservations.NONE);
    this.description = new SelfDescription(identity, medium, modes, attentions, pool);
    this.works =
        new MediumWorks(
            new Workplace(medium, modes, tasks, new RangeQueue(), pool, loop, this::end));
  }

  // --- the daemon's side ---

  public LuIdentity identity() {
    return identity;
  }

  public TargetPort port() {
    return medium.access().port();
  }

  /// Serves the medium from now on.
  public void activate(BlockDevice newDevice) {
    activate(newDevice, newDevice.limits().sizeBytes());
  }

  /// The same, and shows hosts so many bytes of the device until [#capacityChanged].
  public void activate(BlockDevice newDevice, long shownBytes) {
    medium.serve(newDevice, shownBytes);
  }

  /// This node is to serve, but its medium cannot be served, and no other path would help: hosts
  /// see a disk that is not ready.
  public void activateWithoutMedium(long sizeBytes) {
    medium.serveNothing(sizeBytes);
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
    if (medium.hasDevice()) {
      medium.device().flush(done);
    } else {
      later(() -> done.completed(IoResult.OK));
    }
  }

  /// Stops to serve the medium; `drained` runs when no task touches it any more.
  public void standby(Runnable drained) {
    medium.stop();
    drains.whenGone(
        tasks.running(_ -> true),
        () -> {
          medium.gone();
          drained.run();
        });
  }

  /// Whether the other node is known to serve the medium; it is not while no Primary is known.
  public void otherNodeActive(boolean active) {
    medium.access().otherNodeActive(active);
  }

  /// Whether this node must not serve until a person has chosen between two copies that have
  /// parted: hosts are told to look for no medium here.
  public void unavailable(boolean now) {
    medium.access().unavailable(now);
  }

  /// Whether the other node is about to serve what this one leaves: hosts are told to try again.
  public void transitioning(boolean now) {
    medium.access().transitioning(now);
  }

  /// The device has another size now.
  public void capacityChanged() {
    medium.resized();
  }

  /// In standby: how large the medium is, as the node that serves it says. Hosts hear of a change.
  ///
  /// @param sizeBytes what the other node said, so any number; one that cannot be is passed over
  public void standbySize(long sizeBytes) {
    medium.standbySize(sizeBytes);
  }

  /// In standby: whether this node's disk gives back space, as it will say when it serves.
  public void standbyDiscards(boolean now) {
    medium.standbyDiscards(now);
  }

  /// Whether it can say how large the medium is: no host may log in before.
  public boolean knowsSize() {
    return medium.form().blockCount() > 0;
  }

  /// Whether it serves the medium.
  public boolean isActive() {
    return medium.access().isServing();
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

  void nexusLost(Nexus nexus, Runnable drained) {
    attentions.closed(nexus);
    abort(TaskSet.of(nexus), drained);
  }

  /// Whether this logical unit carries out a command that the table has.
  boolean offers(Command command) {
    return description.offers(command);
  }

  ModePages modePages() {
    return modes.pages();
  }

  /// Decodes and checks, see [io.lockstep.scsi.ScsiTarget#prepare]: afterwards the task has ended,
  /// or [#enter] is next.
  void read(ScsiTask task, Command command) {
    Optional<ScsiResult> refusal = access.refusal(task.nexus(), command, task.cdb());
    if (refusal.isPresent()) {
      refuse(task, refusal.get());
    } else if (tasks.size() >= TASKS_MAX && !command.isOfPath()) {
      refuse(task, tasks.full(task.nexus()));
    } else {
      switch (MediumRequest.decode(command, task.cdb(), medium.form().medium())) {
        case MediumRequest.Decoded.Refused(ScsiResult result) -> refuse(task, result);
        case MediumRequest.Decoded.Request(MediumRequest request) ->
            readRequest(task, command, request);
        case MediumRequest.Decoded.NoRequest _ -> {
          task.work(command);
          task.dataOutBytes(UnitModes.parameterListBytes(command, task.cdb()));
          task.borrowedBytesMax(description.borrowedBytesMax(command));
        }
      }
    }
  }

  private void readRequest(ScsiTask task, Command command, MediumRequest request) {
    MediumWork work = works.begin(task, request);
    boolean readOnly = work.changes() && access.isReadOnly();
    if (readOnly || (request.isExact() && task.announcesOtherThan(request.dataOutBytes()))) {
      work.forget();
      refuse(
          task,
          readOnly
              ? ScsiResult.writeProtected()
              : ScsiResult.invalidFieldInCdb(command.cdbBytes() - 3, -1));
      return;
    }
    task.work(work);
    task.dataOutBytes(request.dataOutBytes());
    task.borrowedBytesMax(work.borrowedBytesMax());
  }

  /// Takes in a task that was read and has not ended.
  void enter(ScsiTask task) {
    tasks.enter(task);
  }

  /// Carries out; see [io.lockstep.scsi.ScsiTarget#execute].
  void execute(ScsiTask task) {
    if (!tasks.isGathering(task)) {
      // Another logical unit had that LUN when the command was checked.
      task.work(TaskWork.None.NONE);
      refuse(task, ScsiResult.logicalUnitNotSupported());
    } else if (tasks.isAborted(task)) {
      dropWork(task);
      end(task, ScsiResult.aborted());
    } else if (tasks.add(task, task.isOfPath())) {
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

  private static void dropWork(ScsiTask task) {
    if (task.work() instanceof TaskWork.OnMedium work) {
      work.forget();
    }
    task.work(TaskWork.None.NONE);
  }

  private void start(ScsiTask task) {
    switch (task.work()) {
      case TaskWork.OnMedium work -> work.start();
      case Command command -> answer(task, command);
      case TaskWork.None _ -> throw new AssertionError("a task in the task set has its work");
    }
  }

  private void answer(ScsiTask task, Command command) {
    if (command == Command.MODE_SELECT_6 || command == Command.MODE_SELECT_10) {
      modes.select(task, result -> end(task, result));
    } else {
      end(task, Reading.of(task, pool, () -> description.answer(task, command), same -> same));
    }
  }

  /// The end of a task that was in the task set.
  private void end(ScsiTask task, ScsiResult result) {
    boolean aborted = tasks.remove(task);
    task.work(TaskWork.None.NONE);
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

  private void later(Runnable task) {
    loop.execute(task);
  }
}
