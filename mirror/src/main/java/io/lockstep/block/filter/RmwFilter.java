package io.lockstep.block.filter;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BlockStatus;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.block.UnderWay;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// Offers a disk of 4096-byte logical blocks (4Kn) with 512-byte logical blocks (512e).
///
/// What is aligned to 4096 passes untouched. A write that begins or ends inside a block reads the
/// blocks at its ends, lays its bytes over them, and writes whole blocks, holding a lock on them:
/// two such writes to one block never lose each other's bytes. Aligned writes need no lock, since
/// whatever else touches their blocks overlaps them, which is the caller's to order. Belongs to the
/// loop.
public final class RmwFilter implements BlockDevice {
  private static final int BLOCK_BYTES = 4096;
  private static final int LOGICAL_BYTES = 512;

  private final BlockDevice next;
  private final Loop loop;
  private final BufferPool pool;
  private final BlockLimits limits;
  private final RangeQueue ranges = new RangeQueue();
  private final UnderWay underWay = new UnderWay();
  private boolean closed;

  public RmwFilter(BlockDevice next, Loop loop, BufferPool pool) {
    BlockLimits below = next.limits();
    Check.that(below.logicalBlockBytes() == BLOCK_BYTES, "a device of 4096-byte blocks");
    this.next = next;
    this.loop = loop;
    this.pool = pool;
    int transferMax = Math.min(below.transferBytesMax(), BufferPool.BUFFER_BYTES_MAX);
    this.limits =
        new BlockLimits(
            below.sizeBytes(),
            LOGICAL_BYTES,
            BLOCK_BYTES,
            transferMax - 2 * BLOCK_BYTES,
            below.bufferAlignmentBytes(),
            below.discardZeroes(),
            below.volatileCache());
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    int length = target.remaining();
    check(offset, length);
    if (isAligned(offset, length)) {
      next.read(offset, target, underWay.counted(completion));
      return;
    }
    long start = floor(offset);
    ByteBuffer whole = pool.borrow((int) (ceil(offset + length) - start));
    Completion done = underWay.counted(completion);
    next.read(
        start,
        whole,
        result -> {
          target.put(target.position(), whole, (int) (offset - start), length);
          pool.giveBack(whole);
          done.completed(result);
        });
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    int length = source.remaining();
    check(offset, length);
    if (isAligned(offset, length)) {
      next.write(offset, source, durability, underWay.counted(completion));
    } else {
      new PartialWrite(offset, source, durability, underWay.counted(completion)).start();
    }
  }

  @Override
  public void blockStatus(long offset, long length, Consumer<BlockStatus> told) {
    check(offset, length);
    if (isAligned(offset, length)) {
      next.blockStatus(offset, length, told);
    } else {
      told.accept(BlockStatus.data(length));
    }
  }

  @Override
  public void flush(Completion completion) {
    Check.that(!closed, "the device is open");
    next.flush(underWay.counted(completion));
  }

  /// Whole blocks are discarded; what the range covers of other blocks is overwritten with zeroes.
  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    check(offset, length);
    var zeroes = new Zeroes(offset, length, durability, underWay.counted(completion));
    zeroes.start((at, bytes, done) -> next.discard(at, bytes, durability, done));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    check(offset, length);
    var zeroes = new Zeroes(offset, length, durability, underWay.counted(completion));
    zeroes.start((at, bytes, done) -> next.writeZeroes(at, bytes, durability, done));
  }

  @Override
  public void close(Completion completion) {
    Check.that(!closed, "closed once");
    closed = true;
    underWay.whenNone(() -> next.close(completion));
  }

  private void check(long offset, long length) {
    Check.that(!closed, "the device is open");
    Check.that(limits.contains(offset, length), "range inside the device", offset, length);
  }

  private static boolean isAligned(long offset, long length) {
    return offset % BLOCK_BYTES == 0 && length % BLOCK_BYTES == 0;
  }

  private static long floor(long offset) {
    return offset / BLOCK_BYTES * BLOCK_BYTES;
  }

  private static long ceil(long offset) {
    return floor(offset + BLOCK_BYTES - 1);
  }

  /// A write with a part of a block at an end: lock, read the ends, lay over, write, unlock.
  private final class PartialWrite extends RangeQueue.Entry {
    private final long offset;
    private final ByteBuffer source;
    private final Durability durability;
    private final long start;
    private final ByteBuffer whole;
    private final Completion done;
    private int readsLeft;
    private IoResult outcome = IoResult.OK;

    PartialWrite(long offset, ByteBuffer source, Durability durability, Completion done) {
      this.offset = offset;
      this.source = source;
      this.durability = durability;
      this.done = done;
      this.start = floor(offset);
      this.whole = pool.borrow((int) (ceil(offset + source.remaining()) - start));
    }

    void start() {
      if (ranges.enter(this, start, whole.remaining())) {
        readEnds();
      }
    }

    @Override
    protected void admitted() {
      readEnds();
    }

    private void readEnds() {
      int last = whole.remaining() - BLOCK_BYTES;
      boolean headPartial = offset != start;
      boolean tailPartial = (offset + source.remaining()) % BLOCK_BYTES != 0;
      boolean one = last == 0;
      readsLeft = headPartial && tailPartial && !one ? 2 : 1;
      if (headPartial || one) {
        next.read(start, whole.slice(0, BLOCK_BYTES), this::endRead);
      }
      if (tailPartial && !one) {
        next.read(start + last, whole.slice(last, BLOCK_BYTES), this::endRead);
      }
    }

    private void endRead(IoResult result) {
      outcome = outcome.isOk() ? result : outcome;
      if (--readsLeft > 0) {
        return;
      }
      if (!outcome.isOk()) {
        end(outcome);
        return;
      }
      int length = source.remaining();
      whole.put((int) (offset - start), source, source.position(), length);
      next.write(start, whole, durability, this::end);
    }

    private void end(IoResult result) {
      pool.giveBack(whole);
      done.completed(result);
      ranges.leave(this);
    }
  }

  /// How the whole blocks of a range become zeroes.
  private interface WholeBlocks {
    void zero(long offset, long length, Completion done);
  }

  /// Zeroes from up to three parts: the end of a block, whole blocks, the beginning of a block.
  private final class Zeroes {
    private final long offset;
    private final long end;
    private final Durability durability;
    private final Completion done;
    private int partsLeft = 1;
    private IoResult outcome = IoResult.OK;

    Zeroes(long offset, long length, Durability durability, Completion done) {
      this.offset = offset;
      this.end = offset + length;
      this.durability = durability;
      this.done = done;
    }

    void start(WholeBlocks wholeBlocks) {
      long from = Math.min(ceil(offset), end);
      long to = Math.max(floor(end), from);
      overwrite(offset, from);
      if (to > from) {
        partsLeft++;
        wholeBlocks.zero(from, to - from, this::partEnded);
      }
      overwrite(to, end);
      loop.execute(() -> partEnded(IoResult.OK));
    }

    private void overwrite(long from, long to) {
      if (from < to) {
        partsLeft++;
        ByteBuffer zeroes = BufferPool.allocate((int) (to - from));
        new PartialWrite(from, zeroes, durability, this::partEnded).start();
      }
    }

    private void partEnded(IoResult result) {
      outcome = outcome.isOk() ? result : outcome;
      if (--partsLeft == 0) {
        done.completed(outcome);
      }
    }
  }
}
