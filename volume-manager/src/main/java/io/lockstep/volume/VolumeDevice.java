package io.lockstep.volume;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// A volume as a [BlockDevice]: each request is split where its bytes stop following each other on
/// the device below. Belongs to the device's [Loop].
///
/// **Order.** Requests reach the device below in the order of the calls, held ones before newer
/// ones, overlapping changes behind a [WriteGate] too; what that device promises about overlapping
/// writes, the volume promises too.
///
/// **A route that changes under I/O.** [#extend] takes one that agrees with the old one as far as
/// that goes, at once. Any other change: [#hold] keeps new requests back and tells when the last
/// running one has ended, then [#resume] goes on with the new route, [#end] without one. Requests
/// that were held and no longer fit are answered NOT_READY.
public final class VolumeDevice implements BlockDevice {
  /// Most requests kept back while the map changes; more are answered BUSY.
  public static final int HELD_MAX = 1 << 14;

  /// Idle request objects that are kept.
  static final int IDLE_REQUESTS_MAX = 1 << 10;

  private enum State {
    MAPPED,
    HELD,
    GONE,
    CLOSED
  }

  private final Loop loop;
  private final BufferPool pool;
  private final boolean readOnly;
  private final ArrayDeque<VolumeRequest> idle = new ArrayDeque<>();
  private final ArrayDeque<VolumeRequest> held = new ArrayDeque<>();

  private Route route;
  private BlockLimits limits;
  private State state = State.MAPPED;
  private int runningCount;
  private @Nullable Runnable drained;

  /// @param readOnly whether everything but reads and flushes is refused
  public VolumeDevice(Route route, Loop loop, BufferPool pool, boolean readOnly) {
    this.loop = loop;
    this.pool = pool;
    this.readOnly = readOnly;
    this.route = route;
    this.limits = route.limits();
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    checkTransfer(offset, target);
    submit(request(completion).read(offset, target));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    checkTransfer(offset, source);
    submit(request(completion).write(offset, source, durability));
  }

  @Override
  public void flush(Completion completion) {
    Check.that(state != State.CLOSED, "device is open");
    submit(request(completion).flush());
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    Check.that(limits.discardZeroes(), "discard is offered");
    checkRange(offset, length);
    submit(request(completion).discard(offset, length, durability));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    checkRange(offset, length);
    submit(request(completion).writeZeroes(offset, length, durability));
  }

  /// Ends this face of the volume; the device below stays open.
  @Override
  public void close(Completion completion) {
    Check.that(state != State.CLOSED, "closed once");
    state = State.CLOSED;
    releaseHeld();
    whenDrained(() -> completion.completed(IoResult.OK));
  }

  /// Whether [#close] was called.
  public boolean isClosed() {
    return state == State.CLOSED;
  }

  /// Whether requests are kept back.
  public boolean isHeld() {
    return state == State.HELD;
  }

  /// Takes a route that begins like the present one.
  public void extend(Route larger) {
    Check.that(route.isPrefixOf(larger), "the map begins like the present one");
    adopt(larger);
  }

  /// Takes a route that begins like the present one, or is the beginning of it; the caller sees to
  /// it that nobody asks for what is behind its end.
  public void follow(Route next) {
    Check.that(route.isPrefixOf(next) || next.isPrefixOf(route), "one begins like the other");
    adopt(next);
  }

  /// Keeps new requests back; `drained` runs, in a later turn, when no request is running.
  public void hold(Runnable drained) {
    Check.that(state == State.MAPPED, "mapped");
    state = State.HELD;
    whenDrained(drained);
  }

  /// Goes on after [#hold] with another route, or the same. A device closed meanwhile stays so.
  public void resume(Route next) {
    if (state == State.CLOSED) {
      return;
    }
    Check.that(state == State.HELD && runningCount == 0, "held and drained");
    adopt(next);
    state = State.MAPPED;
    releaseHeld();
  }

  /// Goes on after [#hold] without a map: the volume is no more.
  public void end() {
    if (state == State.CLOSED) {
      return;
    }
    Check.that(state == State.HELD && runningCount == 0, "held and drained");
    state = State.GONE;
    releaseHeld();
  }

  private void adopt(Route next) {
    route = next;
    limits = next.limits();
  }

  /// Requests that arrive while the held ones leave queue up behind them.
  private void releaseHeld() {
    while (!held.isEmpty()) {
      run(held.remove());
    }
  }

  private void submit(VolumeRequest request) {
    if (state != State.HELD && held.isEmpty()) {
      run(request);
    } else if (held.size() < HELD_MAX) {
      held.add(request);
    } else {
      refuse(request, IoResult.busy("the volume's map is changing and " + HELD_MAX + " wait"));
    }
  }

  private void run(VolumeRequest request) {
    runningCount++;
    if (state == State.CLOSED) {
      refuseRunning(request, IoResult.closed("the volume was closed"));
    } else if (state == State.GONE) {
      refuseRunning(request, IoResult.notReady("the volume was deleted"));
    } else if (readOnly && request.changesData()) {
      refuseRunning(request, IoResult.writeProtected("the volume may only be read"));
    } else if (!request.fits(limits)) {
      refuseRunning(request, IoResult.notReady("the volume was shrunk; the range lies behind it"));
    } else {
      request.start(route);
    }
  }

  private void refuse(VolumeRequest request, IoResult result) {
    runningCount++;
    refuseRunning(request, result);
  }

  private void refuseRunning(VolumeRequest request, IoResult result) {
    loop.execute(() -> request.end(result));
  }

  private VolumeRequest request(Completion completion) {
    VolumeRequest request = idle.pollLast();
    if (request == null) {
      request = new VolumeRequest(pool, this::ended);
    }
    return request.caller(completion);
  }

  private void ended(VolumeRequest request) {
    if (idle.size() < IDLE_REQUESTS_MAX) {
      idle.addLast(request);
    }
    runningCount--;
    if (runningCount == 0 && drained != null) {
      loop.execute(drained);
      drained = null;
    }
  }

  private void whenDrained(Runnable waiting) {
    if (runningCount == 0) {
      loop.execute(waiting);
    } else {
      Runnable first = drained;
      drained = first == null ? waiting : inTurn(first, waiting);
    }
  }

  private static Runnable inTurn(Runnable first, Runnable second) {
    return () -> {
      first.run();
      second.run();
    };
  }

  private void checkTransfer(long offset, ByteBuffer buffer) {
    checkRange(offset, buffer.remaining());
    Check.that(
        buffer.remaining() <= limits.transferBytesMax(),
        "transfer is not too long",
        buffer.remaining(),
        limits.transferBytesMax());
  }

  private void checkRange(long offset, long length) {
    Check.that(state != State.CLOSED, "device is open");
    Check.that(limits.contains(offset, length), "range inside the volume", offset, length);
  }
}
