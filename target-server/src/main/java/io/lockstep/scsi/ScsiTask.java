package io.lockstep.scsi;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One SCSI command in flight; pooled by the transport that extends it. Belongs to the target's
/// loop.
///
/// Its life: [#begin] → [ScsiTarget#prepare] (says how much data-out the command takes, or refuses
/// it at once) → the transport gathers that data into [#dataOut] → [ScsiTarget#execute] →
/// [#completed], once, in a later turn. Then the transport sends data-in and status, gives both
/// buffers back to the target's pool, and may use the object again.
public abstract class ScsiTask {
  /// The longest CDB taken (SPC-4 4.2.3; 32-byte commands of SBC-3).
  public static final int CDB_BYTES_MAX = 32;

  /// The initiator did not say how much data it has.
  public static final long UNKNOWN = -1;

  private final Runnable ending = this::completed;
  private final byte[] cdb = new byte[CDB_BYTES_MAX];
  private @Nullable Nexus nexus;
  private long lun;
  private TaskAttribute attribute = TaskAttribute.SIMPLE;
  private int dataOutBytes;
  private int borrowedBytesMax;
  private boolean ofPath;
  private boolean borrowed;
  private long announcedBytes;
  private @Nullable ByteBuffer dataOut;
  private @Nullable ByteBuffer dataIn;
  private @Nullable ScsiResult result;
  private boolean descriptorSense;
  private TaskWork work = TaskWork.None.NONE;

  // --- the transport's side ---

  /// A new command.
  ///
  /// @param lunField the eight bytes of the LUN field, as received (SAM-5 4.7.1)
  /// @param cdbBytes the CDB from its position to its limit, at most [#CDB_BYTES_MAX]
  public final void begin(
      Nexus commandNexus, long lunField, ByteBuffer cdbBytes, TaskAttribute taskAttribute) {
    int length = cdbBytes.remaining();
    Check.that(length <= CDB_BYTES_MAX, "CDB length", length, CDB_BYTES_MAX);
    Check.that(dataOut == null && dataIn == null, "buffers were given back");
    Arrays.fill(cdb, (byte) 0);
    cdbBytes.get(cdbBytes.position(), cdb, 0, length);
    nexus = commandNexus;
    lun = lunField;
    attribute = taskAttribute;
    dataOutBytes = 0;
    borrowedBytesMax = 0;
    ofPath = false;
    borrowed = false;
    announcedBytes = UNKNOWN;
    result = null;
    descriptorSense = false;
    work = TaskWork.None.NONE;
  }

  /// The task has ended: [#result] is set, [#dataIn] holds what there is to send. Called on the
  /// loop, never from inside prepare, execute or manage. For an aborted task too, with
  /// [ScsiResult.Aborted]: then nothing is sent.
  protected abstract void completed();

  /// What the initiator sent for it could not be read: this exception, to be logged. The task ends
  /// as any other, with [ScsiResult#internalTargetFailure]. Called from inside prepare or execute,
  /// or in a later turn.
  public abstract void faulted(RuntimeException cause);

  /// How much data-out the initiator says it has; between begin and prepare.
  public final void announcedDataOutBytes(long bytes) {
    announcedBytes = bytes;
  }

  /// How many bytes of data-out [ScsiTarget#execute] needs; 0 for none. Valid after prepare.
  public final int dataOutBytes() {
    return dataOutBytes;
  }

  /// The length of the one buffer that [ScsiTarget#execute] may borrow from the target's pool, for
  /// data-in or to work with, whatever the initiator expects to be sent; 0 for none. Valid after
  /// prepare.
  public final int borrowedBytesMax() {
    return borrowedBytesMax;
  }

  /// The gathered data-out: from position to limit, [#dataOutBytes] bytes, from the target's pool.
  public final void dataOut(@Nullable ByteBuffer buffer) {
    dataOut = buffer;
  }

  public final @Nullable ByteBuffer dataOut() {
    return dataOut;
  }

  /// Takes data-in away from the task, to be given back to the target's pool after it was sent;
  /// from position to limit. Null if there is none.
  public final @Nullable ByteBuffer takeDataIn() {
    ByteBuffer taken = dataIn;
    dataIn = null;
    return taken;
  }

  /// Whether prepare has refused the command: completed() follows without execute.
  public final boolean isEnded() {
    return result != null;
  }

  public final ScsiResult result() {
    return Check.present(result, "the task has ended");
  }

  /// Sense data of the result; empty if it has none.
  public final byte[] sense() {
    return result() instanceof ScsiResult.CheckCondition condition
        ? Sense.encode(condition, descriptorSense)
        : new byte[0];
  }

  // --- the logical unit's side ---

  public final Nexus nexus() {
    return Check.present(nexus, "the task has begun");
  }

  /// The LUN field as received.
  public final long lun() {
    return lun;
  }

  public final TaskAttribute attribute() {
    return attribute;
  }

  /// Whether the initiator has said that it sends another amount of data than the command takes.
  public final boolean announcesOtherThan(int bytes) {
    return announcedBytes != UNKNOWN && announcedBytes != bytes;
  }

  /// The CDB, zero-filled to 32 bytes. Not to be changed.
  public final byte[] cdb() {
    return cdb;
  }

  /// What the logical unit keeps with the task between prepare and its end.
  public final TaskWork work() {
    return work;
  }

  public final void work(TaskWork value) {
    work = value;
  }

  public final void dataOutBytes(int bytes) {
    dataOutBytes = bytes;
  }

  /// Whether a host finds out with it what is behind a path: it waits for nothing. Valid after
  /// prepare.
  public final boolean isOfPath() {
    return ofPath;
  }

  public final void ofPath(boolean whether) {
    ofPath = whether;
  }

  public final void borrowedBytesMax(int bytes) {
    borrowedBytesMax = bytes;
  }

  /// Borrows the buffer that was announced by [#borrowedBytesMax]; at most once for a task.
  public final ByteBuffer borrow(BufferPool pool, int length) {
    Check.that(length <= borrowedBytesMax, "borrows as announced", length, borrowedBytesMax);
    Check.that(!borrowed, "a task borrows one buffer");
    borrowed = true;
    return pool.borrow(length);
  }

  public final void dataIn(ByteBuffer buffer) {
    Check.that(dataIn == null, "one data-in buffer");
    dataIn = buffer;
  }

  /// Sets the end; the logical unit calls [#completed] in a later turn.
  public final void end(ScsiResult how, boolean asDescriptors) {
    Check.that(result == null, "a task ends once");
    result = how;
    descriptorSense = asDescriptors;
  }

  /// What runs [#completed], the same object for life; for the logical unit only, since that method
  /// is protected.
  public final Runnable ending() {
    return ending;
  }
}
