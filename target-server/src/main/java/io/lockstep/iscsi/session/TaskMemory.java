package io.lockstep.iscsi.session;

import io.lockstep.block.BufferPool;
import io.lockstep.block.MemoryBudget;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/// The memory of a session's tasks, and those that wait for some.
///
/// Invariant: a task goes on only with all the memory that this takes, granted by the
/// [MemoryBudget] and within the session's own limit, which one task alone may exceed; or the task
/// asks what is behind the path, and passes all that wait ([PathLane]).
final class TaskMemory implements MemoryBudget.Waiter {
  private final BufferPool pool;
  private final MemoryBudget budget;
  private final long bytesMax;
  private final Consumer<SessionTask> goOn;
  private final PathLane lane = new PathLane(this::passAll);
  private final ArrayDeque<SessionTask> waiting = new ArrayDeque<>();
  private long grantedBytes;

  /// @param goOn lets a task go on that waited and has all its memory now
  TaskMemory(SessionContext context, Consumer<SessionTask> goOn) {
    this.pool = context.target().pool();
    this.budget = context.budget();
    this.bytesMax = context.limits().bytesInFlightMax();
    this.goOn = goOn;
  }

  /// A grant without waiting.
  ///
  /// @return whether there was memory for it
  boolean takeAtOnce(SessionTask task) {
    long bytes = task.missingBytes();
    boolean free = bytes == 0 || (waiting.isEmpty() && isWithinLimit(bytes) && budget.take(bytes));
    if (free) {
      grant(task, bytes);
    }
    return free;
  }

  /// Room for what comes unasked, and for that alone.
  ///
  /// @return whether there was some
  boolean takeUnasked(SessionTask task, int length) {
    long bytes = BufferPool.memoryBytes(length);
    boolean free = budget.takeUnasked(bytes);
    if (free) {
      task.unaskedBytes = bytes;
      task.buffer = pool.borrow(length);
    }
    return free;
  }

  /// The task goes on when it has all its memory.
  void await(SessionTask task) {
    task.phase = SessionTask.Phase.WAITING;
    if (task.isOfPath() && task.bufferBytes == 0) {
      lane.enter(task);
    } else {
      waiting.addLast(task);
      awaitGrant();
    }
  }

  private void passAll(SessionTask task) {
    grant(task, 0);
    goOn.accept(task);
  }

  /// The task waits no more, if it did; [#awaitGrant] is to follow.
  void giveUp(SessionTask task) {
    waiting.remove(task);
  }

  /// Stands in the budget's queue while a task waits that the session's own limit lets through.
  void awaitGrant() {
    if (missingBytes() > 0) {
      budget.await(this);
    } else if (waiting.isEmpty()) {
      budget.leave(this);
    }
  }

  private boolean isWithinLimit(long bytes) {
    return grantedBytes == 0 || grantedBytes + bytes <= bytesMax;
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
    goOn.accept(task);
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

  /// The task is over: it forgets everything, and whoever waits may go on.
  void release(SessionTask task) {
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
    grantedBytes -= granted;
    budget.giveBackUnasked(unasked);
    budget.giveBack(granted);
    lane.leave(task);
    awaitGrant();
  }
}
