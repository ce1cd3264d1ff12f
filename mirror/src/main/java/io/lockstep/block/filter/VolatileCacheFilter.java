package io.lockstep.block.filter;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A disk's volatile write cache, in this process's memory: a write is done when it lies in the
/// cache, and `kill -9` loses it, as a power cut would. So a test that kills the process finds each
/// flush that is missing, which the kernel's page cache would hide.
///
/// A flush writes everything down that was done before, then flushes below. Durable writes and
/// discards go through at once, past what is cached elsewhere, and so do long runs of zeroes; short
/// ones are cached like any write. What goes through takes the place of what is cached for its
/// range. It and a writing down never overlap in time: what a flush writes down could otherwise
/// overtake what went through. At its limit the cache writes down by itself, and writes are done
/// only when there is room again.
///
/// Reads see the cache as it was when they began, laid over what the disk returns. One that begins
/// while something goes through its range waits for it: the disk may still have bytes that are
/// older than what was cached. All fields belong to the loop.
public final class VolatileCacheFilter implements BlockDevice {
  private static final int RUN_BYTES_MAX = 256 << 10;
  private static final int RUNS_IN_FLIGHT_MAX = 16;

  /// Longer runs of zeroes would push everything else out of the cache.
  private static final int ZEROES_CACHED_BYTES_MAX = 1 << 20;

  private final BlockDevice next;
  private final Loop loop;
  private final BufferPool pool;
  private final long bytesMax;
  private final BlockLimits limits;

  /// What is newer than the disk; and what is being written down now, older than `dirty`.
  private DirtyPages dirty = new DirtyPages();

  private DirtyPages sinking = new DirtyPages();

  private final ArrayDeque<Runnable> throughWaiting = new ArrayDeque<>();
  private final ArrayList<BlockRange> throughInFlight = new ArrayList<>();
  private final ArrayDeque<WaitingRead> readsWaiting = new ArrayDeque<>();
  private final ArrayList<Completion> flushesWaiting = new ArrayList<>();
  private final ArrayList<Completion> writesWaiting = new ArrayList<>();

  /// Why bytes were lost on the way down while no flush waited; the next flush tells.
  private IoResult lost = IoResult.OK;

  /// Those that wait among them.
  private int readsInFlight;

  private boolean isSinking;
  private @Nullable Completion closing;
  private boolean closed;

  private record WaitingRead(BlockRange range, Runnable start) {}

  /// @param bytesMax how much the cache may hold
  public VolatileCacheFilter(BlockDevice next, Loop loop, BufferPool pool, long bytesMax) {
    BlockLimits below = next.limits();
    Check.that(below.sizeBytes() % DirtyPages.SECTOR_BYTES == 0, "size in sectors");
    this.next = next;
    this.loop = loop;
    this.pool = pool;
    this.bytesMax = bytesMax;
    this.limits =
        new BlockLimits(
            below.sizeBytes(),
            below.logicalBlockBytes(),
            below.physicalBlockBytes(),
            below.transferBytesMax(),
            below.bufferAlignmentBytes(),
            below.discardZeroes(),
            true);
  }

  /// Bytes that a crash now would lose.
  public long unflushedBytes() {
    return dirty.bytes() + sinking.bytes();
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    check(offset, target.remaining());
    readsInFlight++;
    var range = new BlockRange(offset, target.remaining());
    if (isGoingThrough(range)) {
      readsWaiting.add(new WaitingRead(range, () -> startRead(offset, target, completion)));
    } else {
      startRead(offset, target, completion);
    }
  }

  private boolean isGoingThrough(BlockRange range) {
    return throughInFlight.stream().anyMatch(range::overlaps);
  }

  private void startRead(long offset, ByteBuffer target, Completion completion) {
    DirtyPages older = sinking.copyOf(offset, target.remaining());
    DirtyPages newer = dirty.copyOf(offset, target.remaining());
    next.read(
        offset,
        target,
        result -> {
          readsInFlight--;
          if (result.isOk()) {
            older.overlay(offset, target);
            newer.overlay(offset, target);
          }
          completion.completed(result);
          closeIfIdle();
        });
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    check(offset, source.remaining());
    if (durability == Durability.FUA) {
      int length = source.remaining();
      through(offset, length, completion, done -> next.write(offset, source, durability, done));
      return;
    }
    putInCache(offset, source, completion);
  }

  private void putInCache(long offset, ByteBuffer source, Completion completion) {
    dirty.put(offset, source);
    writesWaiting.add(completion);
    if (dirty.bytes() <= bytesMax && !isCrowded()) {
      loop.execute(this::endWrites);
    } else {
      proceed();
    }
  }

  @Override
  public void flush(Completion completion) {
    Check.that(!closed, "the device is open");
    flushesWaiting.add(completion);
    proceed();
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    check(offset, length);
    through(offset, length, completion, done -> next.discard(offset, length, durability, done));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    check(offset, length);
    if (durability == Durability.WRITE_BACK && length <= ZEROES_CACHED_BYTES_MAX) {
      putInCache(offset, ByteBuffer.allocate((int) length), completion);
      return;
    }
    through(offset, length, completion, done -> next.writeZeroes(offset, length, durability, done));
  }

  /// Does not write the cache down: closing is not flushing.
  @Override
  public void close(Completion completion) {
    Check.that(!closed, "closed once");
    closed = true;
    closing = completion;
    closeIfIdle();
  }

  private void check(long offset, long length) {
    Check.that(!closed, "the device is open");
    Check.that(limits.contains(offset, length), "range inside the device", offset, length);
  }

  // --- what may run now ---

  /// Writes that came before this turn are done, unless the cache is over its limit.
  private void endWrites() {
    if (isCrowded()) {
      proceed();
      return;
    }
    var done = List.copyOf(writesWaiting);
    writesWaiting.clear();
    done.forEach(completion -> completion.completed(IoResult.OK));
    closeIfIdle();
  }

  private boolean isCrowded() {
    return dirty.bytes() > bytesMax;
  }

  private void proceed() {
    if (isSinking) {
      return;
    }
    if (!flushesWaiting.isEmpty() || isCrowded()) {
      if (throughInFlight.isEmpty()) {
        sink();
      }
      return;
    }
    while (!throughWaiting.isEmpty()) {
      throughWaiting.remove().run();
    }
  }

  // --- through ---

  /// An operation of the disk below.
  private interface Operation {
    void start(Completion done);
  }

  private void through(long offset, long length, Completion completion, Operation operation) {
    var range = new BlockRange(offset, length);
    throughWaiting.add(
        () -> {
          throughInFlight.add(range);
          dirty.drop(offset, length);
          operation.start(
              result -> {
                throughInFlight.remove(range);
                completion.completed(result);
                startReads();
                proceed();
                closeIfIdle();
              });
        });
    proceed();
  }

  private void startReads() {
    for (int left = readsWaiting.size(); left > 0; left--) {
      WaitingRead read = readsWaiting.remove();
      if (isGoingThrough(read.range)) {
        readsWaiting.add(read);
      } else {
        read.start.run();
      }
    }
  }

  // --- down ---

  /// Writes down all that is dirty, then flushes if a flush waits, then lets the others go on.
  private void sink() {
    isSinking = true;
    sinking = dirty;
    dirty = new DirtyPages();
    var flushes = List.copyOf(flushesWaiting);
    flushesWaiting.clear();
    int runMax = Math.min(RUN_BYTES_MAX, limits.transferBytesMax());
    new Sinking(sinking, flushes).start(sinking.runs(runMax).iterator());
  }

  private void sunk(List<Completion> flushes, IoResult result) {
    sinking = new DirtyPages();
    isSinking = false;
    IoResult outcome = lost.isOk() ? result : lost;
    lost = flushes.isEmpty() ? outcome : IoResult.OK;
    flushes.forEach(completion -> completion.completed(outcome));
    loop.execute(this::endWrites);
    proceed();
    closeIfIdle();
  }

  /// One writing down, a few runs at a time.
  private final class Sinking {
    private final DirtyPages pages;
    private final List<Completion> flushes;
    private int inFlight;
    private IoResult outcome = IoResult.OK;
    private boolean done;

    Sinking(DirtyPages pages, List<Completion> flushes) {
      this.pages = pages;
      this.flushes = flushes;
    }

    void start(Iterator<DirtyPages.Run> runs) {
      while (inFlight < RUNS_IN_FLIGHT_MAX && runs.hasNext()) {
        DirtyPages.Run run = runs.next();
        ByteBuffer buffer = pool.borrow(run.length());
        pages.overlay(run.offset(), buffer);
        inFlight++;
        next.write(
            run.offset(), buffer, Durability.WRITE_BACK, result -> ended(runs, buffer, result));
      }
      if (inFlight == 0 && !done) {
        done = true;
        finish();
      }
    }

    private void ended(Iterator<DirtyPages.Run> runs, ByteBuffer buffer, IoResult result) {
      pool.giveBack(buffer);
      inFlight--;
      outcome = outcome.isOk() ? result : outcome;
      start(runs);
    }

    private void finish() {
      if (flushes.isEmpty()) {
        sunk(flushes, outcome);
        return;
      }
      next.flush(result -> sunk(flushes, outcome.isOk() ? result : outcome));
    }
  }

  private void closeIfIdle() {
    Completion waiting = closing;
    boolean idle =
        readsInFlight == 0
            && throughInFlight.isEmpty()
            && throughWaiting.isEmpty()
            && flushesWaiting.isEmpty()
            && writesWaiting.isEmpty()
            && !isSinking;
    if (waiting != null && idle) {
      closing = null;
      next.close(waiting);
    }
  }
}
