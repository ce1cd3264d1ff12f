package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import java.nio.ByteBuffer;
import java.util.List;

/// What a host sees of a snapshot: a chunk that the store keeps is read there, any other from the
/// origin. What is written to a chunk first makes it the snapshot's own.
///
/// Offers no discard: a chunk that would be forgotten would show the origin's present again.
/// Belongs to the loop of its devices, which stay open when it is closed.
public final class SnapshotDevice implements BlockDevice {
  private final Snapshot snapshot;
  private final Loop loop;
  private final ChangeGate gate;
  private final BlockLimits limits;
  private final Parts parts;

  public SnapshotDevice(Snapshot snapshot, Loop loop, BufferPool pool) {
    this.snapshot = snapshot;
    this.loop = loop;
    this.gate = new ChangeGate(loop, List.of(new Taking(snapshot)));
    BlockLimits below = snapshot.origin().limits();
    this.parts = new Parts(pool, below.bufferAlignmentBytes());
    this.limits =
        new BlockLimits(
            snapshot.sizeBytes(),
            below.logicalBlockBytes(),
            below.physicalBlockBytes(),
            below.transferBytesMax(),
            below.bufferAlignmentBytes(),
            false,
            below.volatileCache());
  }

  private record Taking(Snapshot snapshot) implements ChunkKeeper {
    @Override
    public int chunkBytes() {
      return snapshot.chunkBytes();
    }

    @Override
    public boolean mustKeep(long chunk) {
      return snapshot.mustTake(chunk);
    }

    @Override
    public void keep(long chunk, Completion done) {
      snapshot.take(chunk, done);
    }
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    Check.that(limits.contains(offset, target.remaining()), "inside the snapshot");
    if (isLost(completion)) {
      return;
    }
    var pieces = new Pieces(completion);
    int total = target.remaining();
    for (int done = 0; done < total; ) {
      int length = runBytes(offset + done, Math.min(total - done, parts.lengthMax(done)));
      readRun(offset + done, target, new Parts.Part(done, length), pieces.next());
      done += length;
    }
    pieces.allStarted();
  }

  private boolean isLost(Completion completion) {
    boolean lost = snapshot.store().lost().isPresent();
    if (lost) {
      loop.execute(() -> completion.completed(snapshot.lostResult()));
    }
    return lost;
  }

  /// How many bytes from there on follow each other where they are.
  private int runBytes(long offset, int lengthMax) {
    int chunkBytes = snapshot.chunkBytes();
    long chunk = offset / chunkBytes;
    long place = snapshot.store().table().find(chunk);
    long length = chunkBytes - offset % chunkBytes;
    while (length < lengthMax) {
      long wanted = place == ExceptionTable.NONE ? place : place + 1;
      chunk++;
      place = snapshot.store().table().find(chunk);
      if (place != wanted) {
        break;
      }
      length += chunkBytes;
    }
    return (int) Math.min(length, lengthMax);
  }

  private void readRun(long offset, ByteBuffer target, Parts.Part part, Completion done) {
    int chunkBytes = snapshot.chunkBytes();
    long first = offset / chunkBytes;
    long place = snapshot.store().table().find(first);
    if (place != ExceptionTable.NONE) {
      long at = place * chunkBytes + offset % chunkBytes;
      parts.read(new Parts.Place(snapshot.storeDevice(), at), target, part, done);
      return;
    }
    long last = (offset + part.length() - 1) / chunkBytes;
    for (long chunk = first; chunk <= last; chunk++) {
      snapshot.readBegins(chunk);
    }
    Completion ended = result -> originRead(first, last, result, done);
    parts.read(new Parts.Place(snapshot.origin(), offset), target, part, ended);
  }

  /// The origin may have changed under a read that began before the snapshot was lost.
  private void originRead(long first, long last, IoResult result, Completion done) {
    boolean lost = snapshot.store().lost().isPresent();
    for (long chunk = first; chunk <= last; chunk++) {
      snapshot.readEnds(chunk);
    }
    done.completed(lost ? snapshot.lostResult() : result);
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    Check.that(limits.contains(offset, source.remaining()), "inside the snapshot");
    change(
        offset,
        source.remaining(),
        completion,
        pieces -> {
          int total = source.remaining();
          BlockDevice store = snapshot.storeDevice();
          for (int done = 0; done < total; ) {
            int length = runBytes(offset + done, Math.min(total - done, parts.lengthMax(done)));
            var place = new Parts.Place(store, placeOf(offset + done));
            var part = new Parts.Part(done, length);
            parts.write(place, source, part, durability, pieces.next());
            done += length;
          }
        });
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    Check.that(limits.contains(offset, length), "inside the snapshot", offset, length);
    change(
        offset,
        length,
        completion,
        pieces -> {
          for (long done = 0; done < length; ) {
            int piece = (int) Math.min(length - done, snapshot.chunkBytes());
            piece = runBytes(offset + done, piece);
            long at = placeOf(offset + done);
            snapshot.storeDevice().writeZeroes(at, piece, durability, pieces.next());
            done += piece;
          }
        });
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    throw new AssertionError("discard is not offered");
  }

  /// Sends a change once its chunks are the snapshot's own.
  @FunctionalInterface
  private interface Sending {
    void send(Pieces pieces);
  }

  private void change(long offset, long length, Completion completion, Sending sending) {
    if (isLost(completion)) {
      return;
    }
    var pieces = new Pieces(completion);
    Completion admitted =
        result -> {
          boolean lost = snapshot.store().lost().isPresent();
          if (!result.isOk() || lost) {
            pieces.next().completed(lost ? snapshot.lostResult() : result);
          } else {
            sending.send(pieces);
          }
          pieces.allStarted();
        };
    if (gate.admit(offset, length, admitted)) {
      sending.send(pieces);
      pieces.allStarted();
    }
  }

  private long placeOf(long offset) {
    int chunkBytes = snapshot.chunkBytes();
    long place = snapshot.store().table().find(offset / chunkBytes);
    Check.that(place != ExceptionTable.NONE, "the snapshot's own chunk");
    return place * chunkBytes + offset % chunkBytes;
  }

  @Override
  public void flush(Completion completion) {
    snapshot.storeDevice().flush(completion);
  }

  @Override
  public void close(Completion completion) {
    loop.execute(() -> completion.completed(IoResult.OK));
  }
}
