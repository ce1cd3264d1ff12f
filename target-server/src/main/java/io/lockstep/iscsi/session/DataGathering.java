package io.lockstep.iscsi.session;

import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.DataOut;
import io.lockstep.iscsi.pdu.R2t;
import io.lockstep.iscsi.session.SessionTask.Phase;
import io.lockstep.scsi.ScsiResult;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Gathers the Data-Out of a session's commands: immediate, unsolicited, and what it asks for
/// (RFC 7143 4.2.5, 11.7, 11.8).
///
/// Invariant: a task is asked for data only with all the memory for it ([TaskMemory]), and handed
/// on only with all its data.
///
/// A write whose data comes unasked gets its whole buffer at once if there is memory. If not, room
/// for the unasked part alone, and waits for the rest once that part is there; if there is none of
/// that either, TASK SET FULL, and the initiator tries again.
final class DataGathering {
  /// Who carries the commands out.
  interface Owner {
    /// All that the task takes is there, data and memory.
    void gathered(SessionTask task);

    /// The task ends: its initiator broke the rules of data transfer, or there is no room.
    void broken(SessionTask task, ScsiResult result);

    /// Data has come that was due of a task that is aborted.
    void abortedDataCame();
  }

  private final TaskTable tasks;
  private final PduSender sender;
  private final SessionParameters parameters;
  private final Owner owner;
  private final TaskMemory memory;
  private final DataDue dataDue;
  private final DataOut dataOut = new DataOut();
  private final R2t readyToTransfer = new R2t();

  /// The task whose data segment is arriving; null: nobody's, it is dropped.
  private @Nullable SessionTask receiving;

  private int nextTransferTag = 1;

  DataGathering(SessionContext context, TaskTable tasks, PduSender sender, Owner owner) {
    SessionLimits limits = context.limits();
    this.tasks = tasks;
    this.sender = sender;
    this.parameters = context.parameters();
    this.owner = owner;
    this.memory = new TaskMemory(context, this::proceed);
    this.dataDue = new DataDue(limits.pingAfterNanos() + limits.pingAnswerNanos());
  }

  /// What arrives next is nobody's.
  void ignore() {
    receiving = null;
  }

  /// A command begins whose data are wanted.
  ///
  /// @param isFinal whether no more data comes unasked than what the command itself brings
  /// @return where its immediate data goes; null: nowhere
  @Nullable ByteBuffer begin(SessionTask task, int immediateBytes, boolean isFinal) {
    Optional<TaskFault> fault = task.unsolicitedFault(immediateBytes, isFinal, parameters);
    if (fault.isPresent()) {
      owner.broken(task, fault.get().result());
      return null;
    }
    if (!plan(task, immediateBytes, isFinal)) {
      // TASK SET FULL means that one of the nexus's own tasks must end first (SAM-5 5.3.1).
      owner.broken(task, tasks.count() > 1 ? new ScsiResult.TaskSetFull() : new ScsiResult.Busy());
      return null;
    }
    receiving = task;
    return task.segmentTarget(immediateBytes);
  }

  /// What data comes, and room for what comes unasked.
  ///
  /// @return whether there is room
  private boolean plan(SessionTask task, int immediateBytes, boolean isFinal) {
    boolean moreUnasked = task.writes && !isFinal;
    int unaskedEnd = (int) Math.min(task.expectedBytes, parameters.firstBurstLength());
    task.wantedBytes = task.writes ? (int) Math.min(task.dataOutBytes(), task.expectedBytes) : 0;
    if (moreUnasked) {
      task.expectUnsolicited(unaskedEnd);
    }
    int unaskedBytes = moreUnasked ? unaskedEnd : immediateBytes;
    task.bufferBytes = Math.max(task.wantedBytes, unaskedBytes);
    return unaskedBytes == 0 || memory.takeAtOnce(task) || memory.takeUnasked(task, unaskedBytes);
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
      owner.broken(task, TaskFault.INCORRECT_AMOUNT_OF_DATA.result());
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
      owner.broken(task, TaskFault.INCORRECT_AMOUNT_OF_DATA.result());
    } else if (dataOut.isFinal) {
      task.sequenceOpen = false;
      if (task.aborted) {
        owner.abortedDataCame();
      } else {
        advance(task);
      }
    }
  }

  /// Asks for the next data, or hands on.
  private void advance(SessionTask task) {
    if (task.sequenceOpen) {
      return;
    }
    if (task.granted || memory.takeAtOnce(task)) {
      proceed(task);
    } else {
      memory.await(task);
    }
  }

  private void proceed(SessionTask task) {
    if (task.receivedBytes < task.wantedBytes) {
      task.phase = Phase.RECEIVING;
      askForData(task);
    } else {
      owner.gathered(task);
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

  /// A fresh tag for a transfer or a ping.
  int nextTransferTag() {
    int tag = nextTransferTag++;
    if (nextTransferTag == BasicHeader.NO_TAG) {
      nextTransferTag = 1;
    }
    return tag;
  }

  /// Whether data has been due, and none has come, for as long as a silent initiator is borne: it
  /// answers pings perhaps, but others need the memory. Asked every few seconds.
  boolean isDataOverdue(long nowNanos) {
    return dataDue.isOverdue(tasks.isAnyIn(Phase.RECEIVING), nowNanos);
  }

  /// Nothing more is gathered for a task; [#goOn] is to follow.
  void stop(SessionTask task) {
    memory.giveUp(task);
    if (receiving == task) {
      receiving = null;
    }
  }

  /// Some tasks wait no more: others may have their turn.
  void goOn() {
    memory.awaitGrant();
  }

  /// A task is over: its memory is free, and it can be used again.
  void release(SessionTask task) {
    memory.release(task);
  }
}
