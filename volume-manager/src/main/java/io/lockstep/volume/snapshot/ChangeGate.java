package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockRange;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.volume.WriteGate;
import java.util.List;

/// Lets a change pass once all [ChunkKeeper]s have kept what it overwrites. Changes that overlap
/// pass in the order in which they came; one that waits for nothing and for nobody passes at once,
/// and nothing is allocated for it.
///
/// A long change (a discard of a whole disk) keeps its chunks a window at a time. Belongs to one
/// loop.
final class ChangeGate implements WriteGate {
  /// Chunks that one change has kept for it at the same time.
  static final int WINDOW_CHUNKS = 64;

  private final RangeQueue queue = new RangeQueue();
  private final Loop loop;
  private final List<ChunkKeeper> keepers;

  /// How many changes are in the queue.
  private int queuedCount;

  ChangeGate(Loop loop, List<? extends ChunkKeeper> keepers) {
    this.loop = loop;
    this.keepers = List.copyOf(keepers);
  }

  @Override
  public boolean admit(long offset, long length, Completion admitted) {
    if (queuedCount == 0 && !mustWait(offset, length)) {
      return true;
    }
    var passing = new Passing(new BlockRange(offset, length), admitted);
    queuedCount++;
    if (queue.enter(passing, offset, length)) {
      passing.begin();
    }
    // What passed within this call may go now, like one that never waited.
    return passing.answered();
  }

  private boolean mustWait(long offset, long length) {
    for (int index = 0; index < keepers.size(); index++) {
      ChunkKeeper keeper = keepers.get(index);
      long last = (offset + length - 1) / keeper.chunkBytes();
      for (long chunk = offset / keeper.chunkBytes(); chunk <= last; chunk++) {
        if (keeper.mustKeep(chunk)) {
          return true;
        }
      }
    }
    return false;
  }

  /// A change that waits: for those before it, then for its chunks, keeper after keeper.
  private final class Passing extends RangeQueue.Entry {
    private final BlockRange range;
    private final Completion admitted;
    private int keeperIndex;
    private long nextChunk;

    /// Chunks that are being kept now, and one more while they are asked for.
    private int keptCount;

    private IoResult result = IoResult.OK;
    private boolean inCall = true;
    private boolean ended;

    Passing(BlockRange range, Completion admitted) {
      this.range = range;
      this.admitted = admitted;
    }

    @Override
    protected void admitted() {
      begin();
    }

    void begin() {
      startKeeper();
      window();
    }

    private void startKeeper() {
      if (keeperIndex < keepers.size()) {
        nextChunk = range.offset() / keepers.get(keeperIndex).chunkBytes();
      }
    }

    /// Asks for the next chunks; goes on until it waits for one, or has all.
    private void window() {
      do {
        if (!result.isOk() || keeperIndex == keepers.size()) {
          end();
          return;
        }
        keptCount = 1;
        askWindow(keepers.get(keeperIndex));
        keptCount--;
      } while (keptCount == 0);
    }

    private void askWindow(ChunkKeeper keeper) {
      long last = (range.end() - 1) / keeper.chunkBytes();
      while (nextChunk <= last && keptCount <= WINDOW_CHUNKS) {
        if (keeper.mustKeep(nextChunk)) {
          keptCount++;
          keeper.keep(nextChunk, this::kept);
        }
        nextChunk++;
      }
      if (nextChunk > last) {
        keeperIndex++;
        startKeeper();
      }
    }

    private void kept(IoResult chunkResult) {
      if (result.isOk()) {
        result = chunkResult;
      }
      keptCount--;
      if (keptCount == 0) {
        window();
      }
    }

    private void end() {
      ended = true;
      queuedCount--;
      if (!inCall) {
        admitted.completed(result);
      } else if (!result.isOk()) {
        loop.execute(() -> admitted.completed(result));
      }
      queue.leave(this);
    }

    /// Whether it passed within the call of [ChangeGate#admit].
    boolean answered() {
      inCall = false;
      return ended && result.isOk();
    }
  }
}
