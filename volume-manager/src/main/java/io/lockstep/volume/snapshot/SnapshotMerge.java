package io.lockstep.volume.snapshot;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.volume.SnapshotStatus;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts an origin back to a snapshot: moves what the store keeps to where it was, from the end of
/// the table on, a few chunks at a time:
///
/// ```
///   keep hosts' writes out of the chunks → the other snapshots keep what is overwritten → store to
///   origin → flush → take the entries away, stably → let hosts in
/// ```
///
/// A crash anywhere moves some chunks again, which holds the same: until its entry is gone, what a
/// host writes to a chunk goes into the store. Belongs to the loop of its devices.
public final class SnapshotMerge {
  /// Chunks that are moved at the same time.
  static final int CHUNKS_MAX = 16;

  /// How long it waits after an error of the disk before it tries again: 5 s.
  static final long RETRY_NANOS = 5_000_000_000L;

  private final Snapshot snapshot;
  private final MergedDevice merged;
  private final Loop loop;
  private final Runnable allMoved;

  private boolean running;
  private Loop.@Nullable Timer retry;
  private @Nullable Runnable stopped;

  /// @param allMoved runs once, when the store keeps nothing any more
  public SnapshotMerge(Snapshot snapshot, MergedDevice merged, Loop loop, Runnable allMoved) {
    this.snapshot = snapshot;
    this.merged = merged;
    this.loop = loop;
    this.allMoved = allMoved;
  }

  public void start() {
    Check.that(!running && stopped == null, "started once");
    running = true;
    loop.execute(this::step);
  }

  /// Ends the moving after the chunks that are on their way; another one can go on later.
  ///
  /// @param whenStopped runs in a later turn
  public void stop(Runnable whenStopped) {
    Check.that(stopped == null, "stopped once");
    stopped = whenStopped;
    if (retry != null) {
      retry.cancel();
      running = false;
    }
    if (!running) {
      loop.execute(whenStopped);
    }
  }

  public SnapshotStatus status() {
    ExceptionStore store = snapshot.store();
    long left = (long) store.table().count() * snapshot.chunkBytes();
    return new SnapshotStatus(
        snapshot.sizeBytes(),
        store.roomBytes(),
        store.usedBytes(),
        new SnapshotStatus.State.RollingBack(left));
  }

  private void step() {
    retry = null;
    if (stopped != null) {
      running = false;
      stopped.run();
      return;
    }
    ExceptionTable table = snapshot.store().table();
    if (table.count() == 0) {
      running = false;
      allMoved.run();
      return;
    }
    int perArea = snapshot.store().layout().perArea();
    int inArea = (table.count() - 1) % perArea + 1;
    new Batch(Math.min(CHUNKS_MAX, inArea)).begin();
  }

  private void batchEnded(IoResult result) {
    if (result.isOk()) {
      loop.execute(this::step);
    } else if (stopped != null) {
      step();
    } else {
      retry = loop.schedule(this::step, RETRY_NANOS);
    }
  }

  /// Chunks that are moved together.
  private final class Batch {
    private final List<Held> held = new ArrayList<>();
    private final int entryCount;
    private int waitedFor;

    Batch(int entryCount) {
      this.entryCount = entryCount;
    }

    /// A chunk that is kept from hosts' writes.
    private final class Held extends RangeQueue.Entry {
      private final long originChunk;
      private final long storeChunk;

      Held(long originChunk, long storeChunk) {
        this.originChunk = originChunk;
        this.storeChunk = storeChunk;
      }

      @Override
      protected void admitted() {
        waitedFor--;
        if (waitedFor == 0) {
          move();
        }
      }
    }

    void begin() {
      ExceptionTable table = snapshot.store().table();
      int chunkBytes = snapshot.chunkBytes();
      waitedFor = 1;
      for (int slot = table.count() - entryCount; slot < table.count(); slot++) {
        var chunk = new Held(table.originChunk(slot), table.storeChunk(slot));
        held.add(chunk);
        if (!merged.changes().enter(chunk, chunk.originChunk * chunkBytes, chunkBytes)) {
          waitedFor++;
        }
      }
      waitedFor--;
      if (waitedFor == 0) {
        move();
      }
    }

    private void move() {
      var pieces = new Pieces(this::moved);
      held.forEach(chunk -> move(chunk, pieces.next()));
      pieces.allStarted();
    }

    private void move(Held chunk, Completion done) {
      int chunkBytes = snapshot.chunkBytes();
      long target = chunk.originChunk * chunkBytes;
      int length = snapshot.bytesOf(chunk.originChunk);
      Completion passed =
          result -> {
            if (result.isOk()) {
              snapshot.moving().copy(chunk.storeChunk * chunkBytes, target, length, done);
            } else {
              done.completed(result);
            }
          };
      if (merged.others().admit(target, length, passed)) {
        passed.completed(IoResult.OK);
      }
    }

    private void moved(IoResult result) {
      if (result.isOk()) {
        snapshot.origin().flush(this::flushed);
      } else {
        ended(result);
      }
    }

    private void flushed(IoResult result) {
      if (result.isOk()) {
        snapshot.store().removeLast(entryCount, this::ended);
      } else {
        ended(result);
      }
    }

    private void ended(IoResult result) {
      held.forEach(merged.changes()::leave);
      batchEnded(result);
    }
  }
}
