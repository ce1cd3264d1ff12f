package io.lockstep.sim;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BlockStatus;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/// A disk with a volatile write cache, opened by one [SimNode]. Operations take seeded times, so
/// they end in any order, whether or not the process is paused; errors come by seed or by script.
/// The platters are a [SimMedia], which outlives crashes: [#reopen] gives the same disk to the
/// node's next life.
///
/// - *Process crash* ([SimNode#crash] and [#kill]): the cache stays; each operation under way takes
///   effect, or a part of it does, or none, some of them late.
/// - *Power cut* ([SimNode#crash] and [#crash]): of all writes that were not made stable, each one,
///   or each 512-byte sector of it, survives or not by itself.
///
/// It also watches its caller: ranges, alignment, and that nobody changes a buffer that a write in
/// flight still owns.
public final class SimDisk implements BlockDevice {
  /// What a script can make fail.
  public enum Operation {
    READ,
    WRITE,
    FLUSH
  }

  private static final int PRINT_STEP_BYTES = 64;

  private final SimNode node;
  private final SimMedia media;
  private int inFlight;
  private boolean open = true;
  private boolean detached;
  private @Nullable Completion closing;

  /// A new, blank disk.
  public SimDisk(SimNode node, SimDiskOptions options, long seed) {
    this(node, new SimMedia(options, seed));
  }

  /// Opens what is there; nothing is under way on it.
  SimDisk(SimNode node, SimMedia media) {
    Check.that(!media.isBusy(), "the life before has let go of the disk", media.pendingCount(), 0);
    this.node = node;
    this.media = media;
  }

  @Override
  public BlockLimits limits() {
    return media.options().limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    checkRange(offset, target.remaining());
    checkBuffer(target);
    start(
        new InFlight(Operation.READ, offset, completion) {
          @Override
          IoResult effect() {
            IoResult.Reason failure = failure(target.remaining());
            if (failure != null) {
              return failed(failure, this);
            }
            if (!detached) {
              media.read(offset, target);
            }
            return IoResult.OK;
          }
        });
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    checkRange(offset, source.remaining());
    checkBuffer(source);
    start(new Change(offset, source.remaining(), source, durability, completion));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    checkRange(offset, length);
    start(new Change(offset, (int) length, null, durability, completion));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    Check.that(limits().discardZeroes(), "discard is offered");
    writeZeroes(offset, length, durability, completion);
  }

  @Override
  public void blockStatus(long offset, long length, Consumer<BlockStatus> told) {
    checkRange(offset, length);
    var found = new BlockStatus[] {BlockStatus.data(length)};
    start(
        new InFlight(Operation.READ, offset, _ -> told.accept(found[0])) {
          @Override
          IoResult effect() {
            if (failure(length) == null && !detached) {
              found[0] = media.holes().status(offset, length);
            }
            return IoResult.OK;
          }
        });
  }

  @Override
  public void flush(Completion completion) {
    Check.that(open, "device is open");
    long upTo = media.lastWrite();
    start(
        new InFlight(Operation.FLUSH, 0, completion) {
          @Override
          IoResult effect() {
            IoResult.Reason failure = failure(limits().sizeBytes());
            if (failure != null) {
              media.flushFailed(upTo);
              return failed(failure, this);
            }
            media.flush(upTo);
            return IoResult.OK;
          }
        });
  }

  @Override
  public void close(Completion completion) {
    Check.that(open, "closed once");
    open = false;
    closing = completion;
    node.execute(this::endClose);
  }

  private void endClose() {
    Completion waiting = closing;
    if (waiting != null && inFlight == 0) {
      closing = null;
      waiting.completed(IoResult.OK);
    }
  }

  private void start(InFlight operation) {
    Check.that(open, "device is open");
    if (node.isAlive() && !detached) {
      inFlight++;
      media.began(operation);
      operation.endIn(media.sickness().delayNanos(operation.kind, operation.offset));
    }
  }

  /// The power goes: what was not stable survives in part. The node is crashed by the caller.
  public void crash() {
    detached = true;
    media.powerCut();
  }

  /// The power goes and takes all cached writes but some, see [SimMedia#powerCut].
  void crash(IntPredicate survives) {
    detached = true;
    media.powerCut(survives);
  }

  /// The process is killed, by the caller: what was under way takes effect at its time, or is
  /// undone in part, or comes late.
  public void kill() {
    kill(_ -> media.random().nextInt(3));
  }

  /// The same.
  ///
  /// @param fate of the n-th operation under way: 0 at its time, 1 done in part now, else late
  void kill(IntUnaryOperator fate) {
    if (detached) {
      return;
    }
    detached = true;
    int index = 0;
    for (SimMedia.Pending pending : media.pending()) {
      if (pending instanceof InFlight operation && operation.isOf(this)) {
        operation.outlive();
        switch (fate.applyAsInt(index++)) {
          case 0 -> {}
          case 1 -> operation.abandon();
          default -> operation.landLate();
        }
      }
    }
  }

  /// The same disk for the node's next life, once nothing is under way any more (see
  /// [SimMedia#whenFree]). This object is dead from now on.
  public SimDisk reopen(SimNode next) {
    kill();
    media.reopened();
    return new SimDisk(next, media);
  }

  /// The platters: images for checkers, and the switches for faults.
  public SimMedia media() {
    return media;
  }

  /// What a power cut now would leave if nothing in the cache survived; a copy.
  public byte[] stable() {
    return media.stable();
  }

  /// What a read would see now; a copy.
  public byte[] currentView() {
    return media.currentView();
  }

  /// Operations of this life that have not ended.
  public int inFlightCount() {
    return inFlight;
  }

  /// Whether a change at `from` or behind it is under way that was begun in this life.
  boolean isChanging(long from) {
    return media.pending().stream()
        .anyMatch(
            pending ->
                pending instanceof Change change && change.isOf(this) && change.offset >= from);
  }

  private IoResult failed(IoResult.Reason reason, InFlight operation) {
    String what = operation.kind.name().toLowerCase(Locale.ROOT);
    return new IoResult(reason, "%s: %s at %d failed".formatted(node, what, operation.offset));
  }

  private void checkRange(long offset, long length) {
    Check.that(open, "device is open");
    Check.that(limits().contains(offset, length), "range inside the device", offset, length);
  }

  private void checkBuffer(ByteBuffer buffer) {
    int alignment = limits().bufferAlignmentBytes();
    Check.that(
        buffer.remaining() <= limits().transferBytesMax(),
        "transfer length",
        buffer.remaining(),
        limits().transferBytesMax());
    Check.that(
        alignment == 1
            || (buffer.isDirect() && buffer.alignmentOffset(buffer.position(), alignment) == 0),
        "a direct buffer with the device's alignment",
        buffer.position(),
        alignment);
  }

  /// One operation between its call and its end.
  private abstract class InFlight extends SimMedia.Pending {
    final Operation kind;
    final long offset;
    private final Completion completion;
    private long dueNanos;
    private boolean over;

    InFlight(Operation kind, long offset, Completion completion) {
      this.kind = kind;
      this.offset = offset;
      this.completion = completion;
    }

    /// Does the work, at the moment it ends.
    abstract IoResult effect();

    final IoResult.@Nullable Reason failure(long length) {
      return media.sickness().failure(kind, offset, length);
    }

    /// Disks do not wait for processes: their time is the world's.
    final void endIn(long nanos) {
      dueNanos = node.world().nowNanos() + nanos;
      node.world().schedule(this::due, nanos);
    }

    private void due() {
      if (over || node.world().nowNanos() < dueNanos) {
        return;
      }
      if (media.sickness().holds(kind, offset, this::goOn)) {
        return;
      }
      IoResult result = effect();
      remove();
      if (!detached) {
        node.arrived(() -> completion.completed(result));
        endClose();
      }
    }

    /// The disk stood still and moves again.
    private void goOn() {
      if (!over) {
        endIn(media.sickness().delayNanos(kind, offset));
      }
    }

    private void remove() {
      over = true;
      inFlight--;
      media.ended(this);
    }

    /// The process died and the operation comes late.
    final void landLate() {
      media.sickness().count(SimFault.LATE_LANDING, kind, offset);
      endIn(media.random().nextLong(SimMedia.LANDING_NANOS_MAX));
    }

    final boolean isOf(SimDisk life) {
      return SimDisk.this == life;
    }

    /// The process is gone, and its memory with it.
    void outlive() {}

    @Override
    boolean changes(long start, long count) {
      return false;
    }

    @Override
    void abandon() {
      remove();
    }

    @Override
    void intoCache() {
      remove();
    }
  }

  /// A write, or zeroes. The bytes are taken when it takes effect, as a disk does.
  private final class Change extends InFlight {
    private final int length;
    private final Durability durability;
    private @Nullable ByteBuffer source;
    private final long print;

    Change(
        long offset,
        int length,
        @Nullable ByteBuffer source,
        Durability durability,
        Completion completion) {
      super(Operation.WRITE, offset, completion);
      this.length = length;
      this.source = source;
      this.durability = durability;
      this.print = printOf(source);
    }

    @Override
    IoResult effect() {
      Check.that(print == printOf(source), "a write's buffer is left alone", offset, length);
      IoResult.Reason failure = failure(length);
      if (failure != null) {
        media.writeInterrupted(offset, length, source);
        return failed(failure, this);
      }
      media.write(offset, length, source, durability);
      return IoResult.OK;
    }

    @Override
    boolean changes(long start, long count) {
      return offset < start + count && start < offset + length;
    }

    @Override
    void outlive() {
      if (source != null) {
        source = ByteBuffer.allocate(length).put(0, source, source.position(), length);
      }
    }

    @Override
    void abandon() {
      media.writeInterrupted(offset, length, source);
      super.abandon();
    }

    @Override
    void intoCache() {
      media.writeIntoCache(offset, length, source);
      super.intoCache();
    }
  }

  /// A sample of a buffer's bytes, to see whether they were changed.
  private static long printOf(@Nullable ByteBuffer source) {
    long print = 0;
    if (source != null) {
      for (int at = source.position(); at < source.limit(); at += PRINT_STEP_BYTES) {
        print = print * 31 + source.getLong(at);
      }
    }
    return print;
  }
}
