package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.Check;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.RangeQueue;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskWork;
import io.lockstep.scsi.sbc.MediumRequest;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One command on the medium, from prepare to its end; used again ([MediumWorks]). Each action has
/// a class of its own over the same [Transfer]; here is what they have in common: the range, which
/// a change has for itself, the one buffer, and the end.
abstract sealed class MediumWork extends RangeQueue.Entry implements TaskWork.OnMedium
    permits ChangeWork, FlushWork, PrefetchWork, ReadWork, VerifyWork {
  /// What a command that verifies or repeats may borrow beside its data, whatever its length.
  static final int SCRATCH_BYTES_MAX = 256 << 10;

  private final Workplace place;
  private final Consumer<MediumWork> spare;
  private final Transfer transfer = new Transfer(this::failed);
  private @Nullable ScsiTask task;
  private @Nullable MediumRequest request;
  private @Nullable BlockDevice device;
  private @Nullable ByteBuffer scratch;

  /// @param spare takes it back when it has nothing to do
  MediumWork(Workplace place, Consumer<MediumWork> spare) {
    this.place = place;
    this.spare = spare;
  }

  final void begin(ScsiTask newTask, MediumRequest newRequest) {
    task = newTask;
    request = newRequest;
  }

  // --- what an action says of itself ---

  /// Forgets what was left of its last task.
  protected void reset() {}

  /// Whether it changes the medium and so needs its range for itself.
  abstract boolean changes();

  /// What it borrows at most while it runs.
  abstract int borrowedBytesMax();

  /// Carries it out; the range is its own where it changes something.
  protected abstract void run(BlockDevice medium);

  /// Whether there is nothing to do.
  protected boolean isNothing() {
    return length() == 0;
  }

  protected long offset() {
    return request().lba() * blockBytes();
  }

  protected long length() {
    return request().blocks() * blockBytes();
  }

  // --- its life ---

  @Override
  public void start() {
    goOn();
  }

  /// Starts on its range, or on the next one.
  protected final void goOn() {
    if (!place.medium().isReady()) {
      endLater(place.medium().notReady());
    } else if (place.tasks().isAborted(task())) {
      endLater(ScsiResult.aborted());
    } else if (!changes() || length() == 0 || place.changes().enter(this, offset(), length())) {
      admitted();
    }
  }

  @Override
  protected final void admitted() {
    BlockDevice medium = place.medium().device();
    device = medium;
    if (isBeyond(offset(), length())) {
      return;
    }
    if (isNothing()) {
      endLater(ScsiResult.good());
    } else {
      run(medium);
    }
  }

  /// A range is free again: whoever waits for it goes first.
  protected final void leaveRange() {
    place.changes().leave(this);
  }

  /// Whether the device has shrunk since the command was checked, or between two of its steps: then
  /// it ends, and no step follows.
  private boolean isBeyond(long from, long length) {
    boolean beyond = from + length > device().limits().sizeBytes();
    if (beyond) {
      endLater(ScsiResult.lbaOutOfRange(from / blockBytes()));
    }
    return beyond;
  }

  protected final void endLater(ScsiResult result) {
    place.loop().execute(() -> finish(result));
  }

  /// All of it is done.
  protected final void done() {
    finish(ScsiResult.good());
  }

  protected final void finish(ScsiResult result) {
    ByteBuffer used = scratch;
    scratch = null;
    if (used != null) {
      place.pool().giveBack(used);
    }
    if (isHolding()) {
      leaveRange();
    }
    ScsiTask ended = task();
    forget();
    place.ended().ended(ended, result);
  }

  @Override
  public final void forget() {
    task = null;
    request = null;
    device = null;
    reset();
    spare.accept(this);
  }

  // --- its steps ---

  protected final void read(long from, ByteBuffer buffer, Runnable next) {
    if (!isBeyond(from, buffer.remaining())) {
      transfer.read(device(), from, buffer, next);
    }
  }

  protected final void write(long to, ByteBuffer data, Durability durability, Runnable next) {
    if (!isBeyond(to, data.remaining())) {
      transfer.write(device(), to, data, durability, next);
    }
  }

  protected final void flush(Runnable next) {
    transfer.flush(device(), next);
  }

  protected final Transfer transfer() {
    return transfer;
  }

  private void failed(IoResult why, boolean reading) {
    finish(sense(why, reading));
  }

  /// What an I/O result means to an initiator. Trouble of the mirror is never a medium error.
  private ScsiResult sense(IoResult why, boolean reading) {
    return switch (why.reason()) {
      case OK -> ScsiResult.good();
      case MEDIUM_ERROR -> reading ? ScsiResult.readError() : ScsiResult.writeError();
      case NO_SPACE -> ScsiResult.spaceAllocationFailed();
      case WRITE_PROTECTED -> ScsiResult.writeProtected();
      case NOT_READY, CLOSED -> place.medium().access().refusal();
      case BUSY -> new ScsiResult.Busy();
    };
  }

  // --- what they work with ---

  protected final Workplace place() {
    return place;
  }

  protected final ScsiTask task() {
    return Check.present(task, "a task is set");
  }

  protected final MediumRequest request() {
    return Check.present(request, "a request is set");
  }

  private BlockDevice device() {
    return Check.present(device, "the device of what is under way");
  }

  protected final ByteBuffer dataOut() {
    return Check.present(task().dataOut(), "the data-out is there");
  }

  /// The one buffer that it may borrow; given back at its end.
  protected final ByteBuffer borrow(int length) {
    ByteBuffer buffer = task().borrow(place.pool(), length);
    scratch = buffer;
    return buffer;
  }

  /// The task has the buffer from now on, as what is sent.
  protected final void giveAway() {
    task().dataIn(Check.present(scratch, "what was read"));
    scratch = null;
  }

  protected final int blockBytes() {
    return place.medium().form().blockBytes();
  }
}
