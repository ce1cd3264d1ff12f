package io.lockstep.iscsi.session;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.MemoryBudget;
import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.pdu.AdditionalHeaders;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.DataOut;
import io.lockstep.iscsi.pdu.R2t;
import io.lockstep.iscsi.pdu.RejectReason;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.iscsi.session.SessionTask.Phase;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTarget;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The SCSI commands of a session: gathers their Data-Out, has them executed, sends what they give
/// (RFC 7143 4.2.5, 11.3, 11.7, 11.8).
///
/// Invariants: a command is executed at most once, and only with all its data; a task is in the
/// table from its arrival until its status is queued; no PDU leaves for an aborted task; a task is
/// asked for data, or executed, only with all the memory that this takes, granted by the
/// [MemoryBudget] and within the session's own limit, which one task alone may exceed; or the task
/// asks what is behind the path, and passes all that wait ([PathLane]).
///
/// A write whose data comes unasked gets its whole buffer at once if there is memory. If not, room
/// for the unasked part alone, and waits for the rest once that part is there; if there is none of
/// that either, TASK SET FULL, and the initiator tries again.
final class CommandExecutor implements MemoryBudget.Waiter {
  private final ScsiTarget target;
  private final Nexus nexus;
  private final SessionLimits limits;
  private final BufferPool pool;
  private final MemoryBudget budget;
  private final PduSender sender;
  private final CommandWindow window;
  private final TaskResponder responder;
  private final SessionParameters parameters;

  private final TaskTable tasks;
  private final ArrayDeque<SessionTask> free = new ArrayDeque<>();
  private final ArrayDeque<SessionTask> waiting = new ArrayDeque<>();
  private final ScsiCommand command = new ScsiCommand();
  private final DataOut dataOut = new DataOut();
  private final R2t readyToTransfer = new R2t();

  /// Functions whose answer waits for data.
  private final ArrayList<AbortedTransfers> transfers = new ArrayList<>();

  /// The task whose data segment is arriving; null: nobody's, it is dropped.
  private @Nullable SessionTask receiving;

  private long grantedBytes;

  private final DataDue dataDue;
  private final PathLane lane = new PathLane(this::passAll);

  private int immediateCount;
  private int executingCount;
  private int nextTransferTag = 1;
  private boolean lost;
  private boolean drained;
  private @Nullable Runnable whenQuiet;

  CommandExecutor(SessionContext context, PduSender sender, CommandWindow window) {
    this.target = context.target();
    this.nexus = context.nexus();
    this.limits = context.limits();
    this.dataDue = new DataDue(limits.pingAfterNanos() + limits.pingAnswerNanos());
    this.pool = context.target().pool();
    this.budget = context.budget();
    this.parameters = context.parameters();
    this.sender = sender;
    this.window = window;
    this.responder = new TaskResponder(sender, parameters);
    this.tasks = new TaskTable(limits.commandsMax() + limits.immediateCommandsMax());
  }

  /// A change of MaxRecvDataSegmentLength on the way.
  void initiatorDataSegmentBytesMax(int bytesMax) {
    responder.initiatorDataSegmentBytesMax(bytesMax);
  }

  /// A command in turn has arrived; its immediate data, if any, comes next.
  ///
  /// @return where the immediate data goes; null: nowhere
  @Nullable ByteBuffer begin(BasicHeader header, AdditionalHeaders additional) {
    receiving = null;
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
    int immediateBytes = header.dataSegmentLength();
    Optional<TaskFault> fault = task.unsolicitedFault(immediateBytes, command.isFinal, parameters);
    if (fault.isPresent()) {
      fail(task, fault.get().result());
      return null;
    }
    if (!plan(task, immediateBytes)) {
      // TASK SET FULL means that one of the nexus's own tasks must end first (SAM-5 5.3.1).
      fail(task, tasks.count() > 1 ? new ScsiResult.TaskSetFull() : new ScsiResult.Busy());
      return null;
    }
    receiving = task;
    return task.segmentTarget(immediateBytes);
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

  /// What data comes, and room for what comes unasked.
  ///
  /// @return whether there is room
  private boolean plan(SessionTask task, int immediateBytes) {
    boolean moreUnasked = task.writes && !command.isFinal;
    int unaskedEnd = (int) Math.min(task.expectedBytes, parameters.firstBurstLength());
    task.wantedBytes = task.writes ? (int) Math.min(task.dataOutBytes(), task.expectedBytes) : 0;
    if (moreUnasked) {
      task.expectUnsolicited(unaskedEnd);
    }
    int unaskedBytes = moreUnasked ? unaskedEnd : immediateBytes;
    task.bufferBytes = Math.max(task.wantedBytes, unaskedBytes);
    return unaskedBytes == 0 || takeAtOnce(task) || takeUnasked(task, unaskedBytes);
  }

  /// A grant without waiting.
  private boolean takeAtOnce(SessionTask task) {
    long bytes = task.missingBytes();
    boolean free = bytes == 0 || (waiting.isEmpty() && isWithinLimit(bytes) && budget.take(bytes));
    if (free) {
      grant(task, bytes);
    }
    return free;
  }

  private boolean takeUnasked(SessionTask task, int length) {
    long bytes = BufferPool.memoryBytes(length);
    boolean free = budget.takeUnasked(bytes);
    if (free) {
      task.unaskedBytes = bytes;
      task.buffer = pool.borrow(length);
    }
    return free;
  }

  /// A command out of turn has arrived: nothing of it is taken.
  @Nullable ByteBuffer ignore() {
    receiving = null;
    return null;
  }

  /// The command's PDU is complete.
  void beginDone(int immediateBytes) {
    SessionTask task = receiving;
    if (task != null) {
      task.receivedBytes += immediateBytes;
      advance(task);
    }
  }

  /// A Data-Out has begun to arrive.
  ///
  /// @return where its data goes; null: nowhere
  @Nullable ByteBuffer dataOutBegins(BasicHeader header) {
    dataOut.read(header);
    receiving = null;
    SessionTask task = tasks.find(dataOut.initiatorTaskTag);
    // What comes for a task that has ended, or under a tag no longer given, is a straggler.
    if (task == null
        || task.phase != Phase.RECEIVING
        || !task.sequenceOpen
        || task.targetTransferTag != dataOut.targetTransferTag) {
      return null;
    }
    int length = header.dataSegmentLength();
    if (dataOut.dataSn != task.expectedDataSn
        || dataOut.bufferOffset != task.receivedBytes
        || dataOut.bufferOffset + length > task.sequenceEnd) {
      fail(task, TaskFault.INCORRECT_AMOUNT_OF_DATA.result());
      return null;
    }
    receiving = task;
    return task.segmentTarget(length);
  }

  /// A Data-Out is complete.
  void dataOutDone(int length) {
    SessionTask task = receiving;
    if (task == null) {
      return;
    }
    task.receivedBytes += length;
    task.expectedDataSn++;
    dataDue.moves();
    boolean full = task.receivedBytes == task.sequenceEnd;
    boolean solicited = task.targetTransferTag != BasicHeader.NO_TAG;
    if (dataOut.isFinal ? solicited && !full : full) {
      fail(task, TaskFault.INCORRECT_AMOUNT_OF_DATA.result());
    } else if (dataOut.isFinal) {
      task.sequenceOpen = false;
      if (task.aborted) {
        dropMarked();
      } else {
        advance(task);
      }
    }
  }

  /// Asks for the next data, or executes.
  private void advance(SessionTask task) {
    if (task.sequenceOpen) {
      return;
    }
    if (task.granted || takeAtOnce(task)) {
      proceed(task);
      return;
    }
    task.phase = Phase.WAITING;
    if (task.isOfPath() && task.bufferBytes == 0) {
      lane.enter(task);
    } else {
      waiting.addLast(task);
      awaitGrant();
    }
  }

  private void passAll(SessionTask task) {
    grant(task, 0);
    proceed(task);
  }

  private void proceed(SessionTask task) {
    if (task.receivedBytes < task.wantedBytes) {
      task.phase = Phase.RECEIVING;
      askForData(task);
    } else {
      execute(task);
    }
  }

  private void askForData(SessionTask task) {
    dataDue.moves();
    int offset = task.receivedBytes;
    int length = Math.min(task.wantedBytes - offset, parameters.maxBurstLength());
    int tag = nextTransferTag();
    task.expectSolicited(tag, offset + length);
    readyToTransfer.lun = task.lun();
    readyToTransfer.initiatorTaskTag = task.initiatorTaskTag;
    readyToTransfer.targetTransferTag = tag;
    readyToTransfer.r2tSn = task.sentDataSn++;
    readyToTransfer.bufferOffset = offset;
    readyToTransfer.desiredDataTransferLength = length;
    sender.sendWithoutStatus(readyToTransfer, PduSender.NO_DATA);
  }

  /// Whether data has been due, and none has come, for as long as a silent initiator is borne: it
  /// answers pings perhaps, but others need the memory. Asked every few seconds.
  boolean isDataOverdue(long nowNanos) {
    return dataDue.isOverdue(tasks.isAnyIn(Phase.RECEIVING), nowNanos);
  }

  /// A fresh tag for a transfer or a ping.
  int nextTransferTag() {
    int tag = nextTransferTag++;
    if (nextTransferTag == BasicHeader.NO_TAG) {
      nextTransferTag = 1;
    }
    return tag;
  }

  private void execute(SessionTask task) {
    ByteBuffer buffer = task.buffer;
    if (task.wantedBytes < task.dataOutBytes()) {
      fail(task, ScsiResult.tooLittleData());
      return;
    }
    if (buffer != null) {
      task.dataOut(buffer.position(0).limit(task.wantedBytes));
    }
    task.phase = Phase.EXECUTING;
    executingCount++;
    target.execute(task);
  }

  /// The target has executed a task.
  void completed(SessionTask task) {
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

  /// Ends a task whose initiator broke the rules of data transfer.
  private void fail(SessionTask task, ScsiResult result) {
    task.ownResult = result;
    target.forget(task);
    end(task);
  }

  /// The payload of a task has left, or was lost with the connection.
  void sent(SessionTask task) {
    recycle(task);
  }

  private void recycle(SessionTask task) {
    task.dataOut(null);
    if (task.buffer != null) {
      pool.giveBack(task.buffer);
      task.buffer = null;
    }
    ByteBuffer dataIn = task.takeDataIn();
    if (dataIn != null) {
      pool.giveBack(dataIn);
    }
    if (task.payload != null) {
      pool.giveBack(task.payload);
      task.payload = null;
    }
    long granted = task.grantedBytes;
    long unasked = task.unaskedBytes;
    task.finish();
    free.addLast(task);
    grantedBytes -= granted;
    budget.giveBackUnasked(unasked);
    budget.giveBack(granted);
    lane.leave(task);
    awaitGrant();
  }

  // --- Memory.

  private boolean isWithinLimit(long bytes) {
    return grantedBytes == 0 || grantedBytes + bytes <= limits.bytesInFlightMax();
  }

  /// Stands in the budget's queue while a task waits that the session's own limit lets through.
  private void awaitGrant() {
    if (missingBytes() > 0) {
      budget.await(this);
    } else if (waiting.isEmpty()) {
      budget.leave(this);
    }
  }

  @Override
  public long missingBytes() {
    SessionTask first = waiting.peekFirst();
    long bytes = first == null ? 0 : first.missingBytes();
    return isWithinLimit(bytes) ? bytes : 0;
  }

  @Override
  public void granted(long bytes) {
    SessionTask task = waiting.removeFirst();
    grant(task, bytes);
    proceed(task);
    awaitGrant();
  }

  /// Gives a task all its memory; what came unasked moves over if its room is too small.
  private void grant(SessionTask task, long bytes) {
    task.granted = true;
    task.grantedBytes = bytes;
    grantedBytes += bytes;
    if (task.hasRoom()) {
      return;
    }
    ByteBuffer part = task.buffer;
    ByteBuffer whole = pool.borrow(task.bufferBytes);
    task.buffer = whole;
    if (part != null) {
      whole.put(0, part, 0, task.receivedBytes);
      pool.giveBack(part);
      budget.giveBackUnasked(task.unaskedBytes);
      task.unaskedBytes = 0;
    }
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
    waiting.remove(task);
    if (receiving == task) {
      receiving = null;
    }
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
    awaitGrant();
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
