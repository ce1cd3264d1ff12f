package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A snapshot's store: its room, its table, and the order in which both reach the disk.
///
/// An entry is added once the chunk that it names has been written:
///
/// ```
///   zero the next area, if this one gets full → flush: the chunks and that area are stable →
///   write the entry, FUA → the entry counts
/// ```
///
/// As many as wait share one flush and one write. A crash anywhere leaves entries that nobody
/// relied on yet, or none. What a store can no longer keep makes it *lost*: the header says so,
/// stably, before anybody overwrites what it should have kept. Belongs to the loop of its device.
final class ExceptionStore {
  private final BlockDevice device;
  private final BufferPool pool;
  private final ChunkBudget budget;
  private final StoreLayout layout;
  private final ExceptionTable table;
  private final ArrayDeque<Entry> waiting = new ArrayDeque<>();
  private final List<Completion> waitingForLoss = new ArrayList<>();
  private final int blockBytes;

  private final boolean isTooLong;

  private long nextChunk;

  /// Chunks that were given out and have no entry yet.
  private int reservedCount;

  private boolean writing;
  private Optional<String> lost;
  private boolean lossIsStable;
  private boolean writingLoss;

  /// What is on the disk.
  ///
  /// @param nextChunk the first chunk that was never given out
  /// @param lost why it keeps nothing any more; empty for a whole one
  /// @param lossIsStable whether the disk says so, too
  /// @param isTooLong whether it is whole, but its table is longer than is read here
  record Content(
      ExceptionTable table,
      long nextChunk,
      Optional<String> lost,
      boolean lossIsStable,
      boolean isTooLong) {
    /// A store that keeps nothing yet.
    static Content empty() {
      return new Content(
          new ExceptionTable(), StoreLayout.FIRST_DATA_CHUNK, Optional.empty(), false, false);
    }
  }

  /// @param device the store; stays the caller's, and may grow
  /// @param content its entries have been taken from the budget
  ExceptionStore(BlockDevice device, Means means, StoreLayout layout, Content content) {
    this.device = device;
    this.pool = means.pool();
    this.budget = means.budget();
    this.layout = layout;
    this.table = content.table;
    this.nextChunk = content.nextChunk;
    this.isTooLong = content.isTooLong;
    this.lost = content.lost;
    this.lossIsStable = content.lossIsStable;
    this.blockBytes = device.limits().physicalBlockBytes();
  }

  /// A new store, whose head [StoreOpening#format] has written.
  static ExceptionStore fresh(BlockDevice device, Means means, StoreLayout layout) {
    return new ExceptionStore(device, means, layout, Content.empty());
  }

  /// An entry on its way to the disk.
  private record Entry(long originChunk, long storeChunk, Completion done) {}

  StoreLayout layout() {
    return layout;
  }

  ExceptionTable table() {
    return table;
  }

  /// Why it keeps nothing any more; empty while it is whole.
  Optional<String> lost() {
    return lost;
  }

  /// Whether it is whole on the disk, but more than is read here.
  boolean isTooLong() {
    return isTooLong;
  }

  /// Whether it is lost and the disk says so: nobody has to wait for it any more.
  boolean isGone() {
    return lossIsStable;
  }

  long roomBytes() {
    return device.limits().sizeBytes();
  }

  long usedBytes() {
    return Math.min(roomBytes(), nextChunk * layout.chunkBytes());
  }

  /// Nobody asks for it any more, and nothing is copied: what it keeps counts no longer.
  void forget() {
    budget.give(table.count() + reservedCount);
  }

  /// Whether one more chunk finds room.
  boolean hasRoom() {
    long chunkCount = roomBytes() / layout.chunkBytes();
    long slotsBehind = table.count() + reservedCount + 1L;
    boolean fillsArea = slotsBehind % layout.perArea() == 0;
    return nextChunk < chunkCount
        && !budget.isSpent()
        && nextChunk <= ExceptionTable.CHUNK_MAX
        && !(fillsArea && layout.areaChunk(slotsBehind / layout.perArea()) >= chunkCount);
  }

  /// A chunk to write to; [#commit] or [#release] follows.
  long reserve() {
    Check.that(hasRoom() && lost.isEmpty(), "there is room");
    long chunk = nextChunk;
    nextChunk = layout.next(chunk);
    reservedCount++;
    budget.take();
    return chunk;
  }

  /// A reserved chunk that gets no entry. Its place stays empty.
  void release() {
    reservedCount--;
    budget.give(1);
  }

  /// Adds an entry for a chunk that was written. After an error it is not there.
  void commit(long originChunk, long storeChunk, Completion done) {
    waiting.add(new Entry(originChunk, storeChunk, done));
    writeNext();
  }

  private void writeNext() {
    if (writing || waiting.isEmpty()) {
      return;
    }
    writing = true;
    int left = layout.perArea() - table.count() % layout.perArea();
    List<Entry> batch = new ArrayList<>();
    while (batch.size() < left && !waiting.isEmpty()) {
      batch.add(waiting.remove());
    }
    if (batch.size() == left) {
      long next = layout.areaChunk((table.count() + left) / layout.perArea());
      int chunkBytes = layout.chunkBytes();
      device.writeZeroes(
          next * chunkBytes, chunkBytes, Durability.WRITE_BACK, zeroed -> flushed(batch, zeroed));
    } else {
      flushed(batch, IoResult.OK);
    }
  }

  private void flushed(List<Entry> batch, IoResult zeroed) {
    if (zeroed.isOk()) {
      device.flush(flushed -> writeBatch(batch, flushed));
    } else {
      ended(batch, zeroed);
    }
  }

  private void writeBatch(List<Entry> batch, IoResult flushed) {
    if (flushed.isOk()) {
      writeEntries(table.count(), table.count() + batch.size(), batch, r -> ended(batch, r));
    } else {
      ended(batch, flushed);
    }
  }

  private void ended(List<Entry> batch, IoResult result) {
    writing = false;
    for (Entry entry : batch) {
      reservedCount--;
      if (result.isOk()) {
        table.add(entry.originChunk, entry.storeChunk);
      } else {
        budget.give(1);
      }
    }
    batch.forEach(entry -> entry.done.completed(result));
    writeNext();
  }

  /// Takes the last entries away; they lie in one area.
  void removeLast(int entryCount, Completion done) {
    int from = table.count() - entryCount;
    Check.that(entryCount > 0 && from >= 0 && !writing && waiting.isEmpty(), "entries to remove");
    Check.that(from / layout.perArea() == (table.count() - 1) / layout.perArea(), "in one area");
    writing = true;
    writeEntries(
        from,
        table.count(),
        List.of(),
        result -> {
          writing = false;
          for (int number = 0; result.isOk() && number < entryCount; number++) {
            table.removeLast();
            budget.give(1);
          }
          done.completed(result);
        });
  }

  /// Writes the slots from `from` to below `to`, in whole blocks: the first of them from `batch`,
  /// the others zero.
  private void writeEntries(int from, int to, List<Entry> batch, Completion done) {
    int perBlock = blockBytes / StoreLayout.ENTRY_BYTES;
    int first = from / perBlock * perBlock;
    int bytes = Math.ceilDiv(to - first, perBlock) * blockBytes;
    ByteBuffer block = pool.borrow(bytes);
    ByteBuffer out = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes; at += StoreLayout.ENTRY_BYTES) {
      int slot = first + at / StoreLayout.ENTRY_BYTES;
      int inBatch = slot - from;
      if (inBatch < 0) {
        putEntry(out, at, table.originChunk(slot), table.storeChunk(slot));
      } else if (inBatch < batch.size()) {
        putEntry(out, at, batch.get(inBatch).originChunk, batch.get(inBatch).storeChunk);
      } else {
        putEntry(out, at, 0, 0);
      }
    }
    device.write(
        layout.entryOffset(first),
        block,
        Durability.FUA,
        result -> {
          pool.giveBack(block);
          done.completed(result);
        });
  }

  private static void putEntry(ByteBuffer out, int at, long originChunk, long storeChunk) {
    out.putLong(at, originChunk).putLong(at + Long.BYTES, storeChunk);
  }

  /// From now on the store keeps nothing; the first reason stays.
  ///
  /// @param stable OK once the disk says so: what was not kept may be overwritten. Runs in a later
  ///     turn, or within this call if it is so already
  void lose(String why, Completion stable) {
    lost = lost.or(() -> Optional.of(why));
    if (lossIsStable) {
      stable.completed(IoResult.OK);
      return;
    }
    waitingForLoss.add(stable);
    if (!writingLoss) {
      writingLoss = true;
      writeLoss();
    }
  }

  private void writeLoss() {
    ByteBuffer block = pool.borrow(blockBytes);
    block.put(0, StoreHeader.of(layout.chunkBytes(), false).encode(blockBytes));
    device.write(
        0,
        block,
        Durability.FUA,
        result -> {
          pool.giveBack(block);
          writingLoss = false;
          lossIsStable = result.isOk();
          List<Completion> told = List.copyOf(waitingForLoss);
          waitingForLoss.clear();
          told.forEach(stable -> stable.completed(result));
        });
  }
}
