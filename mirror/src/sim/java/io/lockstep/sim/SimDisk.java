package io.lockstep.sim;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A disk with a volatile write cache, opened by one [SimNode]. Operations take seeded times, so
/// they end in any order; errors come by seed or by script. The platters are a [SimMedia], which
/// outlives crashes: [#reopen] gives the same disk to the node's next life.
///
/// - *Process crash* ([SimNode#crash] alone): the cache stays; what was in flight may have reached
///   the disk or not, decided at [#reopen].
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

  private final SimNode node;
  private final SimMedia media;
  private final LinkedHashSet<InFlight> inFlight = new LinkedHashSet<>();
  private boolean open = true;
  private boolean detached;
  private @Nullable Completion closing;

  /// A new, blank disk.
  public SimDisk(SimNode node, SimDiskOptions options, long seed) {
    this(node, new SimMedia(options, seed));
  }

  private SimDisk(SimNode node, SimMedia media) {
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
        new InFlight(Operation.READ, completion) {
          @Override
          IoResult effect() {
            IoResult.Reason failure = media.failure(Operation.READ, offset, target.remaining());
            if (failure != null) {
              return failed(failure, Operation.READ, offset);
            }
            media.read(offset, target);
            return IoResult.OK;
          }
        });
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    checkRange(offset, source.remaining());
    checkBuffer(source);
    var bytes = new byte[source.remaining()];
    source.get(source.position(), bytes);
    start(
        new InFlight(Operation.WRITE, completion) {
          @Override
          IoResult effect() {
            Check.that(
                ByteBuffer.wrap(bytes).equals(source), "a write's buffer is left alone", offset, 0);
            return put(offset, bytes.length, bytes, durability);
          }

          @Override
          void abandoned() {
            media.writeInterrupted(offset, bytes.length, bytes);
          }
        });
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    checkRange(offset, length);
    start(
        new InFlight(Operation.WRITE, completion) {
          @Override
          IoResult effect() {
            return put(offset, (int) length, null, durability);
          }

          @Override
          void abandoned() {
            media.writeInterrupted(offset, (int) length, null);
          }
        });
  }

  @Override
  public void discard(long offset, long length, Completion completion) {
    Check.that(limits().discardZeroes(), "discard is offered");
    writeZeroes(offset, length, Durability.WRITE_BACK, completion);
  }

  private IoResult put(long offset, int length, byte @Nullable [] bytes, Durability durability) {
    IoResult.Reason failure = media.failure(Operation.WRITE, offset, length);
    if (failure != null) {
      media.writeInterrupted(offset, length, bytes);
      return failed(failure, Operation.WRITE, offset);
    }
    media.write(offset, length, bytes, durability);
    return IoResult.OK;
  }

  @Override
  public void flush(Completion completion) {
    Check.that(open, "device is open");
    long upTo = media.lastWrite();
    start(
        new InFlight(Operation.FLUSH, completion) {
          @Override
          IoResult effect() {
            IoResult.Reason failure = media.failure(Operation.FLUSH, 0, limits().sizeBytes());
            if (failure != null) {
              media.flushFailed(upTo);
              return failed(failure, Operation.FLUSH, 0);
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
    if (waiting != null && inFlight.isEmpty()) {
      closing = null;
      waiting.completed(IoResult.OK);
    }
  }

  private void start(InFlight operation) {
    Check.that(open, "device is open");
    if (node.isAlive() && !detached) {
      inFlight.add(operation);
      node.schedule(() -> end(operation), media.delayNanos());
    }
  }

  private void end(InFlight operation) {
    if (detached || media.holds(operation.kind, () -> goOn(operation))) {
      return;
    }
    inFlight.remove(operation);
    operation.completion.completed(operation.effect());
    endClose();
  }

  /// The disk stood still and moves again.
  private void goOn(InFlight operation) {
    node.schedule(() -> end(operation), media.delayNanos());
  }

  /// The power goes: what was not stable survives in part. The node is crashed by the caller.
  public void crash() {
    detach();
    media.powerCut();
  }

  /// The same disk for the node's next life. This object is dead from now on; what it had in flight
  /// reached the disk or not.
  public SimDisk reopen(SimNode next) {
    detach();
    return new SimDisk(next, media);
  }

  private void detach() {
    detached = true;
    for (InFlight operation : inFlight) {
      operation.abandoned();
    }
    inFlight.clear();
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

  /// Operations that have not ended.
  public int inFlightCount() {
    return inFlight.size();
  }

  private IoResult failed(IoResult.Reason reason, Operation operation, long offset) {
    String what = operation.name().toLowerCase(Locale.ROOT);
    return new IoResult(reason, "%s: %s at %d failed".formatted(node, what, offset));
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
  private abstract static class InFlight {
    final Operation kind;
    final Completion completion;

    InFlight(Operation kind, Completion completion) {
      this.kind = kind;
      this.completion = completion;
    }

    /// Does the work, at the moment it ends.
    abstract IoResult effect();

    /// The node died before the end.
    void abandoned() {}
  }
}
