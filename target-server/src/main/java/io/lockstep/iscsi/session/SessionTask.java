package io.lockstep.iscsi.session;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.Sense;
import io.lockstep.scsi.TaskAttribute;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// One command of a session from its arrival until its last byte has left. Pooled: filled by
/// [#start], emptied by [#finish].
///
/// ```
///  FREE ─► RECEIVING ─► EXECUTING ─► SENDING ─► FREE
///              └─► WAITING ─┘   (WAITING: for memory, before its first R2T or its execution)
/// ```
///
/// Data arrives in order (DataPDUInOrder, DataSequenceInOrder), one sequence at a time: first the
/// unsolicited one, then one for each R2T. Invariant: `receivedBytes <= sequenceEnd` and, with a
/// buffer, `receivedBytes <= buffer.capacity()`.
final class SessionTask extends ScsiTask implements Runnable {
  /// Where the task is.
  enum Phase {
    FREE,
    RECEIVING,
    WAITING,
    EXECUTING,
    SENDING
  }

  private final CommandExecutor executor;

  Phase phase = Phase.FREE;
  int initiatorTaskTag;
  boolean immediate;
  boolean reads;
  boolean writes;
  long expectedBytes;

  /// Aborted: whatever ends it, no PDU leaves for it any more.
  boolean aborted;

  /// Data-Out bytes that the command wants and the initiator has.
  int wantedBytes;

  int receivedBytes;

  /// Where the present data sequence ends; for the unsolicited one, where it must end at the
  /// latest.
  int sequenceEnd;

  /// Tag of the outstanding R2T; NO_TAG while unsolicited data is due.
  int targetTransferTag;

  boolean sequenceOpen;
  int expectedDataSn;

  /// R2T and Data-In PDUs sent so far.
  int sentDataSn;

  /// Room for the data to be gathered: what is wanted and what comes unasked.
  int bufferBytes;

  /// Whether the task counts against the session's limit of memory.
  boolean holds;

  /// Where Data-Out is gathered, aligned for the disk; the target's after [#dataOut].
  @Nullable ByteBuffer buffer;

  /// Data-in on its way to the initiator.
  @Nullable ByteBuffer payload;

  /// What the transport itself ended the task with.
  @Nullable ScsiResult ownResult;

  SessionTask(CommandExecutor executor) {
    this.executor = executor;
  }

  /// Takes a fresh command.
  void start(ScsiCommand command, boolean isImmediate, Nexus itNexus, byte[] wholeCdb) {
    Check.that(phase == Phase.FREE, "a task is used once at a time");
    phase = Phase.RECEIVING;
    initiatorTaskTag = command.initiatorTaskTag;
    immediate = isImmediate;
    reads = command.reads;
    writes = command.writes;
    expectedBytes = command.reads || command.writes ? command.expectedDataTransferLength : 0;
    int cdbBytes = Math.min(wholeCdb.length, CDB_BYTES_MAX);
    begin(
        itNexus,
        command.lun,
        ByteBuffer.wrap(wholeCdb, 0, cdbBytes),
        TaskAttribute.fromCode(command.attribute));
    announcedDataOutBytes(writes ? expectedBytes : 0);
  }

  /// Forgets everything.
  void finish() {
    phase = Phase.FREE;
    aborted = false;
    wantedBytes = 0;
    receivedBytes = 0;
    sequenceEnd = 0;
    sequenceOpen = false;
    expectedDataSn = 0;
    sentDataSn = 0;
    bufferBytes = 0;
    holds = false;
    ownResult = null;
  }

  /// What the task counts against the session's limit of memory: for data-in what the initiator
  /// expects or what the command borrows, since either may be the smaller.
  long heldBytes() {
    long expected = reads ? Math.min(expectedBytes, BufferPool.BUFFER_BYTES_MAX) : 0;
    return bufferBytes + Math.max(expected, borrowedBytesMax());
  }

  /// How the task ended: as the target says, unless its data transfer broke before.
  ScsiResult outcome() {
    ScsiResult own = ownResult;
    return own == null ? result() : own;
  }

  /// Sense data of the outcome; empty if it has none.
  byte[] outcomeSense() {
    return ownResult instanceof ScsiResult.CheckCondition broken
        ? Sense.encode(broken, false)
        : sense();
  }

  /// The command has ended; called on the loop by whoever executed it.
  @Override
  protected void completed() {
    executor.completed(this);
  }

  /// The last Data-In has left the connection.
  @Override
  public void run() {
    executor.sent(this);
  }

  void expectUnsolicited(int endAtMost) {
    targetTransferTag = BasicHeader.NO_TAG;
    sequenceEnd = endAtMost;
    sequenceOpen = true;
    expectedDataSn = 0;
  }

  void expectSolicited(int tag, int end) {
    targetTransferTag = tag;
    sequenceEnd = end;
    sequenceOpen = true;
    expectedDataSn = 0;
  }
}
