package io.lockstep.iscsi.session;

import io.lockstep.block.Check;
import io.lockstep.iscsi.pdu.AdditionalHeaders;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.RejectReason;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.iscsi.session.SessionTask.Phase;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTarget;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// The SCSI commands of a session: has their data gathered ([DataGathering]), has them executed,
/// sends what they give (RFC 7143 11.3).
///
/// Invariants: a command is executed at most once, and only with all its data and memory; a task is
/// in the table from its arrival until its status is queued; no PDU leaves for an aborted task.
final class CommandExecutor implements SessionTask.Owner, DataGathering.Owner {
  private final ScsiTarget target;
  private final Nexus nexus;
  private final SessionLimits limits;
  private final PduSender sender;
  private final CommandWindow window;
  private final TaskResponder responder;
  private final TaskTable tasks;
  private final DataGathering gathering;
  private final ArrayDeque<SessionTask> free = new ArrayDeque<>();
  private final ScsiCommand command = new ScsiCommand();

  /// Functions whose answer waits for data.
  private final ArrayList<AbortedTransfers> transfers = new ArrayList<>();

  private int immediateCount;
  private int executingCount;
  private boolean lost;
  private boolean drained;
  private @Nullable Runnable whenQuiet;

  CommandExecutor(SessionContext context, PduSender sender, CommandWindow window) {
    this.target = context.target();
    this.nexus = context.nexus();
    this.limits = context.limits();
    this.sender = sender;
    this.window = window;
    this.responder = new TaskResponder(sender, context.parameters());
    this.tasks = new TaskTable(limits.commandsMax() + limits.immediateCommandsMax());
    this.gathering = new DataGathering(context, tasks, sender, this);
  }

  /// A change of MaxRecvDataSegmentLength on the way.
  void initiatorDataSegmentBytesMax(int bytesMax) {
    responder.initiatorDataSegmentBytesMax(bytesMax);
  }

  /// A command in turn has arrived; its immediate data, if any, comes next.
  ///
  /// @return where the immediate data goes; null: nowhere
  @Nullable ByteBuffer begin(BasicHeader header, AdditionalHeaders additional) {
    gathering.ignore();
    command.read(header);
    if (tasks.find(command.initiatorTaskTag) != null) {
      sender.reject(header, RejectReason.TASK_IN_PROGRESS);
      return null;
    }
    if (header.immediate() && immediateCount == limits.immediateCommandsMax()) {
      sender.reject(header, RejectReason.IMMEDIATE_COMMAND_REJECT);
      return null;
    }
    SessionTask task = start(header.immediate(), additional);
    target.prepare(task);
    if (task.isEnded()) {
      task.phase = Phase.EXECUTING;
      executingCount++;
      return null;
    }
    return gathering.begin(task, header.dataSegmentLength(), command.isFinal);
  }

  private SessionTask start(boolean immediate, AdditionalHeaders additional) {
    SessionTask task = free.pollLast();
    if (task == null) {
      task = new SessionTask(this, sender);
    }
    task.start(command, immediate, nexus, additional.extend(command.cdb));
    tasks.add(task.initiatorTaskTag, task);
    window.begun();
    immediateCount += immediate ? 1 : 0;
    return task;
  }

  /// A command out of turn has arrived: nothing of it is taken.
  @Nullable ByteBuffer ignore() {
    gathering.ignore();
    return null;
  }

  /// The command's PDU is complete.
  void beginDone(int immediateBytes) {
    gathering.beginDone(immediateBytes);
  }

  /// A Data-Out has begun to arrive.
  ///
  /// @return where its data goes; null: nowhere
  @Nullable ByteBuffer dataOutBegins(BasicHeader header) {
    return gathering.dataOutBegins(header);
  }

  /// A Data-Out is complete.
  void dataOutDone(int length) {
    gathering.dataOutDone(length);
  }

  /// See [DataGathering#isDataOverdue].
  boolean isDataOverdue(long nowNanos) {
    return gathering.isDataOverdue(nowNanos);
  }

  /// A fresh tag for a ping.
  int nextTransferTag() {
    return gathering.nextTransferTag();
  }

  @Override
  public void gathered(SessionTask task) {
    ByteBuffer buffer = task.buffer;
    if (task.wantedBytes < task.dataOutBytes()) {
      broken(task, ScsiResult.tooLittleData());
      return;
    }
    if (buffer != null) {
      task.dataOut(buffer.position(0).limit(task.wantedBytes));
    }
    task.phase = Phase.EXECUTING;
    executingCount++;
    target.execute(task);
  }

  @Override
  public void completed(SessionTask task) {
    Check.that(task.phase == Phase.EXECUTING, "only what executes completes");
    executingCount--;
    end(task);
    reportQuiet();
  }

  /// Ends a task that has a result: its status, with its data, is queued, unless it was aborted.
  private void end(SessionTask task) {
    tasks.remove(task);
    if (!transfers.isEmpty()) {
      transfers.removeIf(due -> due.ended(task));
    }
    window.ended();
    immediateCount -= task.immediate ? 1 : 0;
    task.phase = Phase.SENDING;
    boolean payloadQueued = !task.aborted && !lost && responder.respond(task);
    if (!payloadQueued) {
      recycle(task);
    }
  }

  @Override
  public void broken(SessionTask task, ScsiResult result) {
    task.ownResult = result;
    target.forget(task);
    end(task);
  }

  @Override
  public void sent(SessionTask task) {
    recycle(task);
  }

  private void recycle(SessionTask task) {
    gathering.release(task);
    free.addLast(task);
  }

  /// The task with this tag, if its status is not yet queued.
  @Nullable SessionTask find(int initiatorTaskTag) {
    return tasks.find(initiatorTaskTag);
  }

  /// Aborts a task: at once while it gathers data; one that executes ends in silence when the
  /// target lets go of it.
  void abort(SessionTask task) {
    mark(task);
    dropMarked();
  }

  /// Aborts the tasks of one logical unit, or all. One whose data was asked for stays, in silence,
  /// until that has come: its tag is valid until then (RFC 7143 4.2.3.3 a).
  ///
  /// @return what comes to pass when no such data is due any more
  AbortedTransfers abortAll(boolean everyLun, long lun) {
    var due = new AbortedTransfers();
    for (int place = 0; place < tasks.count(); place++) {
      SessionTask task = tasks.at(place);
      if (everyLun || task.lun() == lun) {
        mark(task);
        due.awaits(task);
      }
    }
    if (due.isDue()) {
      transfers.add(due);
    }
    dropMarked();
    return due;
  }

  private void mark(SessionTask task) {
    task.aborted = true;
    gathering.stop(task);
  }

  /// Ending a task may let a waiting one begin, which may end another: so each time from the start.
  private void dropMarked() {
    int place = 0;
    while (place < tasks.count()) {
      SessionTask task = tasks.at(place);
      if (task.aborted && task.phase != Phase.EXECUTING && (lost || !task.owesData())) {
        target.forget(task);
        end(task);
        place = 0;
      } else {
        place++;
      }
    }
    gathering.goOn();
  }

  @Override
  public void abortedDataCame() {
    dropMarked();
  }

  /// The connection is gone: aborts everything and runs `quiet` once nothing executes any more.
  void connectionLost(Runnable quiet) {
    lost = true;
    whenQuiet = quiet;
    abortAll(true, 0);
    target.nexusLost(
        nexus,
        () -> {
          drained = true;
          reportQuiet();
        });
  }

  private void reportQuiet() {
    Runnable quiet = whenQuiet;
    if (drained && executingCount == 0 && quiet != null) {
      whenQuiet = null;
      quiet.run();
    }
  }

  int inFlight() {
    return tasks.count();
  }
}
