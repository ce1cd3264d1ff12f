package io.lockstep.mirror.copy;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.LostBlocks;
import io.lockstep.mirror.meta.LostBlocksTable;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.UnaryOperator;

/// The sectors whose content a person has given up, durably: nobody reads them as if the zeroes
/// there were data, and nobody is refused what was written since. The orders:
///
/// - *Giving up*: record stable, then zeroes. Until then the disk itself refuses to read.
/// - *Writing*: data, flush, record gone and that stable, and only then is the write acknowledged,
///   on each node by itself, before its part in the write has ended. So no data that was
///   acknowledged is refused, and a power cut between data and record leaves a refusal, never
///   zeroes. It costs four flushes for a block that nobody could read.
/// - *Resync*: the source sends its whole list before it announces the end, while no write to a
///   block of it is under way; the target takes it over in place of its own, in the order of the
///   stream, before it becomes UpToDate.
///
/// So two nodes that are in sync have the same list: where a write came to one only, the bitmap
/// says so, and a resync follows. Belongs to the mirror's loop.
public final class LostRecords {
  private final RecordWrites records;
  private final BlockDevice disk;
  private final BufferPool pool;
  private final DiskLayout layout;
  private final ArrayDeque<Update> updates = new ArrayDeque<>();
  private LostBlocksTable.Copy copy;

  /// Where the newest stable copy is; the other one is written first.
  private boolean newestInA;

  private boolean writing;

  LostRecords(
      RecordWrites records, Backing backing, DiskLayout layout, LostBlocksTable.Found found) {
    this.records = records;
    this.disk = backing.disk();
    this.pool = backing.pool();
    this.layout = layout;
    this.copy = found.copy();
    this.newestInA = found.inA();
  }

  private record Update(UnaryOperator<LostBlocks> change, Completion done) {}

  public LostBlocks blocks() {
    return copy.blocks();
  }

  /// Whether nothing is being written.
  public boolean isIdle() {
    return !writing;
  }

  /// Whether a lost sector is among the bytes.
  public boolean touches(long offset, long length) {
    return copy.blocks().touches(offset, length);
  }

  /// How a read of these bytes that has ended with `result` is to be answered.
  public IoResult answer(long offset, long length, IoResult result) {
    return touches(offset, length)
        ? IoResult.mediumError("the content of a block at " + offset + "+" + length + " is lost")
        : result;
  }

  /// The bytes were written, not yet stably: makes them so, and then forgets that they were lost.
  public void written(long offset, long length, Completion done) {
    disk.flush(
        result -> {
          if (result.isOk()) {
            update(now -> now.without(offset, length), done);
          } else {
            done.completed(result);
          }
        });
  }

  /// Their content is given up.
  public void give(List<Long> blocks, Completion done) {
    update(now -> now.with(blocks), done);
  }

  /// The source of a resync says what is lost.
  public void adopt(LostBlocks blocks, Completion done) {
    update(_ -> blocks, done);
  }

  private void update(UnaryOperator<LostBlocks> change, Completion done) {
    updates.add(new Update(change, done));
    if (!writing) {
      next();
    }
  }

  private void next() {
    Update update = updates.poll();
    writing = update != null;
    if (update == null) {
      records.rested();
      return;
    }
    LostBlocks before = copy.blocks();
    LostBlocks after = update.change.apply(before);
    Completion ended =
        result -> {
          update.done.completed(result);
          next();
        };
    if (after.equals(before)) {
      ended.completed(IoResult.OK);
      return;
    }
    var next = new LostBlocksTable.Copy(copy.sequence() + 1, after);
    write(
        next,
        written -> {
          if (written.isOk()) {
            copy = next;
            mark(before.isEmpty() != after.isEmpty(), ended);
          } else {
            ended.completed(written);
          }
        });
  }

  /// Writes again what counts, over a copy that was found bad.
  void repair(Completion done) {
    write(copy, done);
  }

  /// Makes both copies stable, one after the other: first the one that is not needed, should it be
  /// torn.
  private void write(LostBlocksTable.Copy next, Completion done) {
    ByteBuffer block = pool.borrow(LostBlocksTable.BYTES);
    LostBlocksTable.encode(next, block);
    block.rewind();
    long a = layout.lostBlocksOffsetA();
    long b = layout.lostBlocksOffsetB();
    Completion both =
        result -> {
          pool.giveBack(block);
          if (!result.isOk()) {
            records.fail(result);
          }
          done.completed(result);
        };
    records.writeStable(
        newestInA ? b : a,
        block,
        first -> {
          if (first.isOk()) {
            records.writeStable(newestInA ? a : b, block, both);
          } else {
            both.completed(first);
          }
        });
  }

  /// The superblock says whether the table counts.
  private void mark(boolean changes, Completion done) {
    if (changes) {
      boolean any = !copy.blocks().isEmpty();
      records.update(now -> now.withLostBlocks(any), done);
    } else {
      done.completed(IoResult.OK);
    }
  }
}
