package io.lockstep.block.disk;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// One request of a [LocalDisk], on its way through a [DiskRing]. Pooled; owned by the loop, except
/// that a pool thread owns it between [DiskRing#submit] and its end.
///
/// A request may take several steps (short transfers, chunks of a hole): `position` counts what is
/// done, and each step is what is left, up to the step's limit.
final class DiskOperation {
  /// What the ring is asked to do next.
  enum Step {
    READ,
    WRITE,
    WRITE_DSYNC,
    WRITE_ZEROES,
    PUNCH_HOLE,
    SYNC_DATA
  }

  Step step = Step.READ;

  /// The request's range on the disk, and how much of it is done.
  long offset;

  long length;
  long position;

  /// Address of the first byte in memory (of the shared zeroes, for [Step#WRITE_ZEROES]); the
  /// buffer is kept so that it stays allocated.
  long address;

  @Nullable ByteBuffer buffer;
  @Nullable Completion completion;
  boolean durable;
  int retryCount;

  /// The kernel's answer, on its way back from another thread.
  int result;

  /// The ring's number for it while it is in flight.
  int slot;

  void prepare(Step first, long newOffset, long newLength, Completion newCompletion) {
    Check.that(completion == null, "a free operation");
    step = first;
    offset = newOffset;
    length = newLength;
    position = 0;
    address = 0;
    buffer = null;
    completion = newCompletion;
    durable = false;
    retryCount = 0;
  }

  long stepOffset() {
    return offset + position;
  }

  long stepAddress() {
    return step == Step.WRITE_ZEROES ? address : address + position;
  }

  long left() {
    return length - position;
  }
}
