package io.lockstep.iscsi.session;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.Sense;
import io.lockstep.scsi.TaskAttribute;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One command of a session from its arrival until its last byte has left. Pooled: filled by
/// [#start], emptied by [#finish].
///
/// ```
///  FREE ─► RECEIVING ─► EXECUTING ─► SENDING ─► FREE
///              └─► WAITING ─┘   (WAITING: for a grant, before its first R2T or its execution)
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

  /// Whose task it is.
  interface Owner {
    /// The target has executed it.
    void completed(SessionTask task);

    /// Its payload has left, or was lost with the connection.
    void sent(SessionTask task);
  }

  private final Owner owner;
  private final PduSender sender;

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

  /// Whether the task has all the memory that it needs, and so waits for none.
  boolean granted;

  /// What the budget granted it.
  long grantedBytes;

  /// What it holds of the budget's share for unasked data.
  long unaskedBytes;

  /// Where Data-Out is gathered, aligned for the disk; the target's after [#dataOut]. Before the
  /// grant it may have room for the unasked data alone.
  @Nullable ByteBuffer buffer;

  /// Data-in on its way to the initiator.
  @Nullable ByteBuffer payload;

  /// What the transport itself ended the task with.
  @Nullable ScsiResult ownResult;

  SessionTask(Owner owner, PduSender sender) {
    this.owner = owner;
    this.sender = sender;
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
    granted = false;
    grantedBytes = 0;
    unaskedBytes = 0;
    ownResult = null;
  }

  /// Whether the initiator announces something that it may not send without being asked.
  Optional<TaskFault> unsolicitedFault(
      int immediateBytes, boolean isFinal, SessionParameters parameters) {
    long unaskedMax = Math.min(expectedBytes, parameters.firstBurstLength());
    if (immediateBytes > 0 && (!writes || !parameters.immediateData())) {
      return Optional.of(TaskFault.UNEXPECTED_UNSOLICITED_DATA);
    }
    if (immediateBytes > unaskedMax) {
      return Optional.of(TaskFault.INCORRECT_AMOUNT_OF_DATA);
    }
    return !isFinal && writes && parameters.initialR2t()
        ? Optional.of(TaskFault.UNEXPECTED_UNSOLICITED_DATA)
        : Optional.empty();
  }

  /// Where a data segment goes that comes next; null: nowhere.
  @Nullable ByteBuffer segmentTarget(int length) {
    ByteBuffer room = buffer;
    return room == null || length == 0 ? null : room.limit(room.capacity()).position(receivedBytes);
  }

  /// Whether data that was asked for has not all come.
  boolean owesData() {
    return phase == Phase.RECEIVING && sequenceOpen && targetTransferTag != BasicHeader.NO_TAG;
  }

  /// Memory that the task needs to come to its end, beside what it has: the buffer for its
  /// data-out, unless all of it came unasked, and what executing it borrows.
  long missingBytes() {
    if (granted) {
      return 0;
    }
    long forDataOut = hasRoom() ? 0 : BufferPool.memoryBytes(bufferBytes);
    return forDataOut + BufferPool.memoryBytes(borrowedBytesMax());
  }

  /// Whether what is to be gathered fits into the buffer.
  boolean hasRoom() {
    return bufferBytes <= (buffer == null ? 0 : buffer.capacity());
  }

  /// How the task ended: as the target says, unless its data transfer broke before.
  ScsiResult outcome() {
    ScsiResult own = ownResult;
    return own == null ? result() : own;
  }

  /// Sense data of the outcome; empty if it has none.
  byte[] outcomeSense() {
    ScsiResult own = ownResult;
    if (own == null) {
      return sense();
    }
    return own instanceof ScsiResult.CheckCondition broken
        ? Sense.encode(broken, false)
        : new byte[0];
  }

  /// The command has ended; called on the loop by whoever executed it.
  @Override
  protected void completed() {
    owner.completed(this);
  }

  @Override
  public void faulted(RuntimeException cause) {
    sender.faulted(
        nexus().initiatorName() + " CDB " + HexFormat.of().withUpperCase().formatHex(cdb()), cause);
  }

  /// The last Data-In has left the connection.
  @Override
  public void run() {
    owner.sent(this);
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
