package io.lockstep.scsi.lu;

import io.lockstep.block.BufferPool;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import java.nio.ByteBuffer;
import java.util.function.Function;
import java.util.function.Supplier;

/// The edge of a command: CDB and parameter list are what a stranger sent. Whoever reads them, or
/// answers from what is known without touching the medium, has changed nothing when he throws, so
/// an exception ends that command alone and goes to whoever logs. What comes after, the task set,
/// the ranges and the medium, is ours: an exception there is a bug, as every [Error] is.
final class Reading {
  private Reading() {}

  /// What `reads` says, or `refused` with how the task ends when that throws.
  static <T> T of(
      ScsiTask task, BufferPool pool, Supplier<T> reads, Function<ScsiResult, T> refused) {
    try {
      return reads.get();
    } catch (RuntimeException fault) {
      return refused.apply(failed(task, pool, fault));
    }
  }

  /// The parameter list of a task, copied.
  static byte[] parameterList(ScsiTask task) {
    ByteBuffer buffer = task.dataOut();
    if (buffer == null) {
      return new byte[0];
    }
    byte[] list = new byte[buffer.remaining()];
    buffer.get(buffer.position(), list);
    return list;
  }

  /// How a task ends that could not be read; half an answer is none.
  static ScsiResult failed(ScsiTask task, BufferPool pool, RuntimeException fault) {
    ByteBuffer half = task.takeDataIn();
    if (half != null) {
      pool.giveBack(half);
    }
    task.faulted(fault);
    return ScsiResult.internalTargetFailure();
  }
}
