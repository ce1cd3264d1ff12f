package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.volume.WriteGate;
import java.nio.ByteBuffer;

/// What a host sees of an origin while it is put back to a snapshot: a chunk that the store still
/// keeps is read and written there, any other in the origin, behind the gate of its other
/// snapshots. Whoever moves chunks ([SnapshotMerge]) and whoever writes to them keep each other
/// out.
///
/// Belongs to the loop of its devices, which stay open when it is closed.
public final class MergedDevice implements BlockDevice {
  /// Longest run of an operation without data.
  private static final long RUN_BYTES_MAX = 1L << 30;

  private final Snapshot snapshot;
  private final WriteGate others;
  private final Loop loop;
  private final Parts parts;
  private final RangeQueue changes = new RangeQueue();

  /// @param others the gate of the origin's other snapshots
  public MergedDevice(Snapshot snapshot, WriteGate others, Loop loop, BufferPool pool) {
    this.snapshot = snapshot;
    this.others = others;
    this.loop = loop;
    this.parts = new Parts(pool, snapshot.origin().limits().bufferAlignmentBytes());
  }

  /// The ranges of the origin that are being changed, in whole chunks.
  RangeQueue changes() {
    return changes;
  }

  WriteGate others() {
    return others;
  }

  @Override
  public BlockLimits limits() {
    return snapshot.origin().limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    Check.that(limits().contains(offset, target.remaining()), "inside the volume");
    var pieces = new Pieces(completion);
    int total = target.remaining();
    for (int done = 0; done < total; ) {
      int length = runBytes(offset + done, Math.min(total - done, parts.lengthMax(done)));
      boolean kept = isKept(offset + done);
      BlockDevice device = kept ? snapshot.storeDevice() : snapshot.origin();
      long at = kept ? placeOf(offset + done) : offset + done;
      var part = new Parts.Part(done, length);
      parts.read(new Parts.Place(device, at), target, part, pieces.next());
      done += length;
    }
    pieces.allStarted();
  }

  private boolean isKept(long offset) {
    return snapshot.store().table().find(offset / snapshot.chunkBytes()) != ExceptionTable.NONE;
  }

  private long placeOf(long offset) {
    int chunkBytes = snapshot.chunkBytes();
    long place = snapshot.store().table().find(offset / chunkBytes);
    return place * chunkBytes + offset % chunkBytes;
  }

  /// How many bytes from there on follow each other: to the end of a chunk that is kept, or to the
  /// next one.
  private int runBytes(long offset, long lengthMax) {
    int chunkBytes = snapshot.chunkBytes();
    long length = chunkBytes - offset % chunkBytes;
    if (!isKept(offset)) {
      while (length < lengthMax && !isKept(offset + length)) {
        length += chunkBytes;
      }
    }
    return (int) Math.min(length, Math.min(lengthMax, RUN_BYTES_MAX));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    int total = source.remaining();
    Check.that(limits().contains(offset, total), "inside the volume", offset, total);
    change(
        offset,
        total,
        completion,
        (place, part, done) -> parts.write(place, source, part, durability, done));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    Check.that(limits().contains(offset, length), "inside the volume", offset, length);
    change(
        offset,
        length,
        completion,
        (place, part, done) ->
            place.device().writeZeroes(place.offset(), part.length(), durability, done));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    Check.that(limits().discardZeroes(), "discard is offered");
    Check.that(limits().contains(offset, length), "inside the volume", offset, length);
    change(
        offset,
        length,
        completion,
        (place, part, done) ->
            place.device().discard(place.offset(), part.length(), durability, done));
  }

  /// Sends one run of a change.
  @FunctionalInterface
  private interface Sending {
    /// @param part which bytes of the change; where it begins matters only if it has data
    void send(Parts.Place place, Parts.Part part, Completion done);
  }

  private void change(long offset, long length, Completion completion, Sending sending) {
    var change = new Change(offset, length, completion, sending);
    int chunkBytes = snapshot.chunkBytes();
    long start = offset / chunkBytes * chunkBytes;
    long end = Math.ceilDiv(offset + length, (long) chunkBytes) * chunkBytes;
    if (changes.enter(change, start, end - start)) {
      change.admitted();
    }
  }

  /// A change on its way; it holds its chunks until it has ended.
  private final class Change extends RangeQueue.Entry {
    private final long offset;
    private final long length;
    private final Completion completion;
    private final Sending sending;

    Change(long offset, long length, Completion completion, Sending sending) {
      this.offset = offset;
      this.length = length;
      this.completion = completion;
      this.sending = sending;
    }

    @Override
    protected void admitted() {
      var pieces = new Pieces(this::ended);
      for (long done = 0; done < length; ) {
        int partMax = (int) Math.min(length - done, parts.lengthMax((int) done));
        int run = runBytes(offset + done, partMax);
        start(done, run, pieces.next());
        done += run;
      }
      pieces.allStarted();
    }

    private void start(long done, int run, Completion ended) {
      long at = offset + done;
      var part = new Parts.Part((int) done, run);
      if (isKept(at)) {
        sending.send(new Parts.Place(snapshot.storeDevice(), placeOf(at)), part, ended);
        return;
      }
      var place = new Parts.Place(snapshot.origin(), at);
      Completion passed =
          result -> {
            if (result.isOk()) {
              sending.send(place, part, ended);
            } else {
              ended.completed(result);
            }
          };
      if (others.admit(at, run, passed)) {
        sending.send(place, part, ended);
      }
    }

    private void ended(IoResult result) {
      changes.leave(this);
      completion.completed(result);
    }
  }

  @Override
  public void flush(Completion completion) {
    snapshot.origin().flush(completion);
  }

  @Override
  public void close(Completion completion) {
    loop.execute(() -> completion.completed(IoResult.OK));
  }
}
