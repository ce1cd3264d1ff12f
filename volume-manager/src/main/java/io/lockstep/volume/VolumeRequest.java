package io.lockstep.volume;

import io.lockstep.block.BlockLimits;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One request to a volume on its way to the device below, in one or more pieces; itself the
/// completion of each piece. It counts them down, keeps the first error, and tells its caller when
/// the last one has ended. Pooled by its [VolumeDevice], mutable, owned by the device's loop.
///
/// Pieces are slices of the caller's buffer. Only where a slice would not have the address
/// alignment that the device below needs (a border in the middle of a page) its data passes through
/// a buffer of the pool.
final class VolumeRequest implements Completion {
  private enum Kind {
    READ,
    WRITE,
    FLUSH,
    DISCARD,
    WRITE_ZEROES
  }

  private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);
  private static final Completion NO_CALLER = result -> {};

  private final BufferPool pool;
  private final Consumer<VolumeRequest> ended;
  private final VolumeMap.RunReceiver discardRun = this::discardRun;
  private final VolumeMap.RunReceiver zeroRun = this::zeroRun;
  private final Completion admission = this::admitted;

  private Kind kind = Kind.FLUSH;
  private long offset;
  private long length;
  private ByteBuffer data = NO_DATA;
  private Durability durability = Durability.WRITE_BACK;
  private Completion caller = NO_CALLER;
  private @Nullable Route route;
  private boolean busy;
  private int pieceCount;
  private IoResult result = IoResult.OK;

  /// @param ended takes the object back when a request has ended, before its caller is told
  VolumeRequest(BufferPool pool, Consumer<VolumeRequest> ended) {
    this.pool = pool;
    this.ended = ended;
  }

  VolumeRequest caller(Completion completion) {
    Check.that(!busy, "the request is idle");
    busy = true;
    caller = completion;
    result = IoResult.OK;
    return this;
  }

  VolumeRequest read(long at, ByteBuffer target) {
    return set(Kind.READ, at, target.remaining(), target);
  }

  VolumeRequest write(long at, ByteBuffer source, Durability writeDurability) {
    durability = writeDurability;
    return set(Kind.WRITE, at, source.remaining(), source);
  }

  VolumeRequest flush() {
    return set(Kind.FLUSH, 0, 0, NO_DATA);
  }

  VolumeRequest discard(long at, long bytes, Durability discardDurability) {
    durability = discardDurability;
    return set(Kind.DISCARD, at, bytes, NO_DATA);
  }

  VolumeRequest writeZeroes(long at, long bytes, Durability writeDurability) {
    durability = writeDurability;
    return set(Kind.WRITE_ZEROES, at, bytes, NO_DATA);
  }

  private VolumeRequest set(Kind newKind, long at, long bytes, ByteBuffer buffer) {
    kind = newKind;
    offset = at;
    length = bytes;
    data = buffer;
    return this;
  }

  boolean changesData() {
    return switch (kind) {
      case WRITE, DISCARD, WRITE_ZEROES -> true;
      case READ, FLUSH -> false;
    };
  }

  boolean fits(BlockLimits limits) {
    return kind == Kind.FLUSH || limits.contains(offset, length);
  }

  /// Sends the request on its way, once the route's gate lets it pass.
  void start(Route way) {
    route = way;
    if (!changesData()
        || way.gate().isEmpty()
        || way.gate().get().admit(offset, length, admission)) {
      send(way);
    }
  }

  private void admitted(IoResult admittance) {
    if (admittance.isOk()) {
      send(way());
    } else {
      end(admittance);
    }
  }

  private Route way() {
    return Check.present(route, "a route");
  }

  /// Sends all pieces. One more is counted until the last is sent, though no device completes
  /// inside the call.
  private void send(Route way) {
    pieceCount = 1;
    switch (kind) {
      case READ, WRITE -> startTransfer(way);
      case FLUSH -> {
        pieceCount++;
        way.device().flush(this);
      }
      case DISCARD -> way.map().forEachRun(offset, length, discardRun);
      case WRITE_ZEROES -> way.map().forEachRun(offset, length, zeroRun);
    }
    Check.that(pieceCount > 1, "at least one piece");
    pieceCount--;
  }

  private void discardRun(long deviceOffset, long bytes) {
    pieceCount++;
    way().device().discard(deviceOffset, bytes, durability, this);
  }

  private void zeroRun(long deviceOffset, long bytes) {
    pieceCount++;
    way().device().writeZeroes(deviceOffset, bytes, durability, this);
  }

  private void startTransfer(Route way) {
    VolumeMap map = way.map();
    int total = data.remaining();
    int alignment = way.device().limits().bufferAlignmentBytes();
    int done = 0;
    while (done < total) {
      int bytes = (int) Math.min(total - done, map.contiguousBytes(offset + done));
      boolean aligned = done % alignment == 0;
      if (!aligned) {
        bytes = Math.min(bytes, BufferPool.BUFFER_BYTES_MAX);
      }
      pieceCount++;
      ByteBuffer slice = bytes == total ? data : data.slice(data.position() + done, bytes);
      if (aligned) {
        transfer(map.deviceOffset(offset + done), slice, this);
      } else {
        transferCopy(map.deviceOffset(offset + done), slice);
      }
      done += bytes;
    }
  }

  private void transfer(long deviceOffset, ByteBuffer buffer, Completion completion) {
    if (kind == Kind.READ) {
      way().device().read(deviceOffset, buffer, completion);
    } else {
      way().device().write(deviceOffset, buffer, durability, completion);
    }
  }

  private void transferCopy(long deviceOffset, ByteBuffer slice) {
    ByteBuffer copy = pool.borrow(slice.remaining());
    boolean reads = kind == Kind.READ;
    if (!reads) {
      copy.put(0, slice, 0, slice.remaining());
    }
    transfer(
        deviceOffset,
        copy,
        pieceResult -> {
          if (reads) {
            slice.put(0, copy, 0, slice.remaining());
          }
          pool.giveBack(copy);
          completed(pieceResult);
        });
  }

  /// A piece has ended.
  @Override
  public void completed(IoResult pieceResult) {
    Check.that(pieceCount > 0, "a piece was running");
    if (!pieceResult.isOk() && result.isOk()) {
      result = pieceResult;
    }
    pieceCount--;
    if (pieceCount == 0) {
      end(result);
    }
  }

  /// Gives the object back, then tells the caller, who may use it again at once.
  void end(IoResult end) {
    Completion told = caller;
    caller = NO_CALLER;
    data = NO_DATA;
    route = null;
    busy = false;
    ended.accept(this);
    told.completed(end);
  }
}
