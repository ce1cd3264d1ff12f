package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.RangeQueue;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.sbc.MediumCommand;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One command on the medium while it runs; its own callback, pooled by the [LogicalUnit]. A
/// transfer longer than the device takes is cut into pieces that run side by side; the first error
/// is the command's. UNMAP goes through its ranges one after another, each under a lock of its own.
///
/// While the write cache is off, GOOD to a change means that it is stable: what was written without
/// FUA is flushed before, also where the cache was switched off in the middle.
final class MediumWork extends RangeQueue.Entry implements Completion {
  /// What a command that verifies or repeats may borrow beside its data, whatever its length.
  static final int SCRATCH_BYTES_MAX = 256 << 10;

  private static final MediumCommand UNMAP =
      new MediumCommand(MediumCommand.Action.UNMAP, 0, 0, false, 0);

  private final LogicalUnit unit;
  private final Runnable whenRead = this::hasRead;
  private final Runnable whenWritten = this::written;
  private final Runnable whenFlushed = this::flushed;
  private @Nullable ScsiTask task;
  private @Nullable MediumCommand command;
  private @Nullable BlockDevice medium;

  /// Something was changed that is stable only after a flush.
  private boolean unstable;

  private boolean unmap;
  private List<BlockRange> ranges = List.of();
  private int rangeIndex;
  private int pieces;
  private boolean reading;
  private IoResult worst = IoResult.OK;
  private @Nullable Runnable then;
  private @Nullable ByteBuffer scratch;

  MediumWork(LogicalUnit unit) {
    this.unit = unit;
  }

  void begin(ScsiTask newTask, MediumCommand newCommand, boolean withUnmap) {
    task = newTask;
    command = newCommand;
    unmap = withUnmap;
    ranges = List.of();
    rangeIndex = 0;
    reading = false;
    worst = IoResult.OK;
    pieces = 0;
    then = null;
    unstable = false;
  }

  /// An UNMAP of at least one range.
  void beginUnmap(ScsiTask newTask, List<BlockRange> newRanges) {
    begin(newTask, UNMAP, true);
    ranges = newRanges;
  }

  MediumCommand command() {
    return Check.present(command, "a command is set");
  }

  ScsiTask task() {
    return Check.present(task, "a task is set");
  }

  long offset() {
    return isUnmap() ? ranges.get(rangeIndex).offset() : command().lba() * unit.blockBytes();
  }

  long length() {
    return isUnmap() ? ranges.get(rangeIndex).length() : command().blocks() * unit.blockBytes();
  }

  private boolean isUnmap() {
    return !ranges.isEmpty();
  }

  /// Whether it changes the medium and so needs its range for itself.
  boolean changes() {
    return switch (command().action()) {
      case WRITE, WRITE_AND_VERIFY, COMPARE_AND_WRITE, WRITE_SAME, WRITE_ZEROES, UNMAP -> true;
      case READ, VERIFY, COMPARE, COMPARE_SAME, SYNCHRONIZE, PREFETCH -> false;
    };
  }

  /// What it borrows at most while it runs.
  int borrowedBytesMax() {
    return switch (command().action()) {
      case READ, COMPARE_AND_WRITE -> (int) length();
      case VERIFY, COMPARE, COMPARE_SAME, WRITE_AND_VERIFY, WRITE_SAME ->
          (int) Math.min(length(), SCRATCH_BYTES_MAX);
      case WRITE, WRITE_ZEROES, UNMAP, SYNCHRONIZE, PREFETCH -> 0;
    };
  }

  @Override
  protected void admitted() {
    unit.admitted(this);
  }

  /// Starts; the range lock is held where one is needed.
  void run(BlockDevice device) {
    if (isBeyond(device, offset(), length())) {
      return;
    }
    if (length() == 0 && command().action() != MediumCommand.Action.SYNCHRONIZE) {
      endLater(ScsiResult.good());
      return;
    }
    medium = device;
    switch (command().action()) {
      case READ -> read(device);
      case WRITE -> write(device, dataOut(), offset(), durability(), whenWritten);
      case WRITE_AND_VERIFY -> {
        ByteBuffer data = dataOut();
        write(device, data, offset(), Durability.FUA, () -> verify(device, 0));
      }
      case VERIFY, COMPARE, COMPARE_SAME -> verify(device, 0);
      case COMPARE_AND_WRITE -> compareAndWrite(device);
      case WRITE_SAME -> writeSame(device);
      case WRITE_ZEROES -> erase(device);
      case UNMAP -> {
        pieces = 1;
        then = this::unmapped;
        unstable = true;
        device.discard(offset(), length(), this);
      }
      case PREFETCH -> endLater(ScsiResult.good());
      case SYNCHRONIZE -> {
        pieces = 1;
        then = whenFlushed;
        device.flush(this);
      }
    }
  }

  /// Whether the device has shrunk since the command was checked, or between two of its steps: then
  /// it ends, and no step follows.
  private boolean isBeyond(BlockDevice device, long from, long length) {
    boolean beyond = from + length > device.limits().sizeBytes();
    if (beyond) {
      endLater(ScsiResult.lbaOutOfRange(from / unit.blockBytes()));
    }
    return beyond;
  }

  private void endLater(ScsiResult result) {
    unit.later(() -> finish(result));
  }

  private void unmapped() {
    if (rangeIndex + 1 == ranges.size()) {
      written();
    } else {
      unit.release(this);
      rangeIndex++;
      unit.startMedium(this);
    }
  }

  private ByteBuffer dataOut() {
    return Check.present(task().dataOut(), "the data-out is there");
  }

  private Durability durability() {
    return command().fua() || !unit.modePages().writeCache()
        ? Durability.FUA
        : Durability.WRITE_BACK;
  }

  private void read(BlockDevice device) {
    ByteBuffer buffer = task().borrow(unit.pool(), (int) length());
    scratch = buffer;
    then = whenRead;
    readPieces(device, offset(), buffer);
  }

  private void hasRead() {
    task().dataIn(Check.present(scratch, "what was read"));
    scratch = null;
    finish(ScsiResult.good());
  }

  private void readPieces(BlockDevice device, long from, ByteBuffer buffer) {
    reading = true;
    int most = device.limits().transferBytesMax();
    int length = buffer.remaining();
    if (isBeyond(device, from, length)) {
      return;
    }
    pieces = (length + most - 1) / most;
    if (pieces == 1) {
      device.read(from, buffer, this);
      return;
    }
    for (int at = 0; at < length; at += most) {
      device.read(from + at, buffer.slice(at, Math.min(most, length - at)), this);
    }
  }

  private void write(
      BlockDevice device, ByteBuffer data, long at, Durability durability, Runnable next) {
    reading = false;
    unstable |= durability == Durability.WRITE_BACK;
    int most = device.limits().transferBytesMax();
    int length = data.remaining();
    int start = data.position();
    if (isBeyond(device, at, length)) {
      return;
    }
    pieces = (length + most - 1) / most;
    then = next;
    if (pieces == 1) {
      device.write(at, data, durability, this);
      return;
    }
    for (int done = 0; done < length; done += most) {
      ByteBuffer piece = data.slice(start + done, Math.min(most, length - done));
      device.write(at + done, piece, durability, this);
    }
  }

  @Override
  public void completed(IoResult result) {
    if (!result.isOk() && worst.isOk()) {
      worst = result;
    }
    pieces--;
    if (pieces > 0) {
      return;
    }
    if (worst.isOk()) {
      Check.present(then, "what comes next").run();
    } else {
      finish(sense());
    }
  }

  private void written() {
    if (!unstable || unit.modePages().writeCache()) {
      finish(ScsiResult.good());
      return;
    }
    unstable = false;
    pieces = 1;
    then = whenFlushed;
    Check.present(medium, "the device of what is under way").flush(this);
  }

  private void flushed() {
    finish(ScsiResult.good());
  }

  /// Reads the range piece by piece, and compares each with what it should be.
  private void verify(BlockDevice device, int from) {
    ByteBuffer content = scratch;
    if (content == null) {
      content = task().borrow(unit.pool(), (int) Math.min(length(), SCRATCH_BYTES_MAX));
      scratch = content;
    }
    int next = (int) Math.min(length(), from + (long) SCRATCH_BYTES_MAX);
    ByteBuffer piece = content.position(0).limit(next - from);
    then =
        () -> {
          int differs = mismatch(piece, from);
          if (differs >= 0) {
            finish(ScsiResult.miscompare(from + differs));
          } else if (next < length()) {
            verify(device, next);
          } else {
            finish(ScsiResult.good());
          }
        };
    readPieces(device, offset() + from, piece);
  }

  /// Where what was read differs from what it should be; -1: nowhere.
  ///
  /// @param from where in the range the content lies
  private int mismatch(ByteBuffer content, int from) {
    return switch (command().action()) {
      case COMPARE, WRITE_AND_VERIFY ->
          content.mismatch(dataOut().slice(dataOut().position() + from, content.remaining()));
      case COMPARE_SAME -> mismatchOfEach(content, dataOut());
      case READ,
          WRITE,
          VERIFY,
          COMPARE_AND_WRITE,
          WRITE_SAME,
          WRITE_ZEROES,
          UNMAP,
          SYNCHRONIZE,
          PREFETCH ->
          -1;
    };
  }

  private static int mismatchOfEach(ByteBuffer content, ByteBuffer block) {
    for (int at = 0; at < content.limit(); at += block.remaining()) {
      int inBlock = content.slice(at, block.remaining()).mismatch(block);
      if (inBlock >= 0) {
        return at + inBlock;
      }
    }
    return -1;
  }

  private void compareAndWrite(BlockDevice device) {
    int half = (int) length();
    ByteBuffer data = dataOut();
    ByteBuffer expected = data.slice(data.position(), half);
    ByteBuffer fresh = data.slice(data.position() + half, half);
    ByteBuffer found = task().borrow(unit.pool(), half);
    scratch = found;
    then =
        () -> {
          int differs = found.mismatch(expected);
          if (differs >= 0) {
            finish(ScsiResult.miscompare(differs));
          } else {
            write(device, fresh, offset(), durability(), whenWritten);
          }
        };
    readPieces(device, offset(), found);
  }

  private void writeSame(BlockDevice device) {
    ByteBuffer block = dataOut();
    if (isZero(block)) {
      erase(device);
      return;
    }
    int most = Math.min(device.limits().transferBytesMax(), SCRATCH_BYTES_MAX);
    int length = (int) Math.min(length(), most);
    ByteBuffer pattern = task().borrow(unit.pool(), length);
    scratch = pattern;
    for (int at = 0; at < length; at += block.remaining()) {
      pattern.put(at, block, block.position(), block.remaining());
    }
    repeat(device, pattern, length, 0);
  }

  private void repeat(BlockDevice device, ByteBuffer pattern, int most, long done) {
    if (done == length()) {
      written();
      return;
    }
    int written = (int) Math.min(length() - done, most);
    pattern.position(0).limit(written);
    write(
        device,
        pattern,
        offset() + done,
        Durability.WRITE_BACK,
        () -> repeat(device, pattern, most, done + written));
  }

  private void erase(BlockDevice device) {
    pieces = 1;
    then = whenWritten;
    unstable = true;
    if (unmap && device.limits().discardZeroes()) {
      device.discard(offset(), length(), this);
    } else {
      device.writeZeroes(offset(), length(), Durability.WRITE_BACK, this);
    }
  }

  private static boolean isZero(ByteBuffer block) {
    for (int at = block.position(); at < block.limit(); at += Long.BYTES) {
      if (block.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }

  private void finish(ScsiResult result) {
    ByteBuffer used = scratch;
    scratch = null;
    if (used != null) {
      unit.pool().giveBack(used);
    }
    unit.ended(this, result);
  }

  /// Ready for another task.
  void clear() {
    task = null;
    command = null;
    medium = null;
    then = null;
    ranges = List.of();
  }

  /// What an I/O result means to an initiator. Trouble of the mirror is never a medium error.
  private ScsiResult sense() {
    return switch (worst.reason()) {
      case OK -> ScsiResult.good();
      case MEDIUM_ERROR -> reading ? ScsiResult.readError() : ScsiResult.writeError();
      case NO_SPACE -> ScsiResult.spaceAllocationFailed();
      case WRITE_PROTECTED -> ScsiResult.writeProtected();
      case NOT_READY, CLOSED -> unit.access().refusal();
      case BUSY -> new ScsiResult.Busy();
    };
  }
}
