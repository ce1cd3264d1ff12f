package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.Consumer;

/// Reads a store's header and table, area after area, and checks all of it. What cannot be right
/// makes the store lost, with the reason. Writes only what a crash may have left half done: the
/// head of a store that was never used, and entries behind the end of the table, which must be gone
/// before new ones are written in front of them.
final class StoreOpening {
  private static final String UNREADABLE = "its store could not be read: ";

  private final BlockDevice device;
  private final Means means;
  private final BufferPool pool;
  private final Consumer<ExceptionStore> done;
  private final ExceptionTable table = new ExceptionTable();
  private StoreLayout layout;
  private boolean isTooLong;
  private long nextChunk = StoreLayout.FIRST_DATA_CHUNK;

  private StoreOpening(
      BlockDevice device, Means means, StoreLayout layout, Consumer<ExceptionStore> done) {
    this.device = device;
    this.means = means;
    this.pool = means.pool();
    this.layout = layout;
    this.done = done;
  }

  /// @param layout what the volume group says; the store's own header comes first
  static void open(
      BlockDevice device, Means means, StoreLayout layout, Consumer<ExceptionStore> done) {
    new StoreOpening(device, means, layout, done).readHeader();
  }

  /// Writes the head of a new store, an empty table, and makes it stable.
  static void format(BlockDevice device, BufferPool pool, StoreLayout layout, Completion done) {
    int chunkBytes = layout.chunkBytes();
    ByteBuffer head = pool.borrow(chunkBytes);
    head.put(0, StoreHeader.of(chunkBytes, true).encode(chunkBytes));
    Completion ended =
        result -> {
          pool.giveBack(head);
          done.completed(result);
        };
    device.writeZeroes(
        chunkBytes,
        chunkBytes,
        Durability.FUA,
        zeroed -> {
          if (zeroed.isOk()) {
            device.write(0, head, Durability.FUA, ended);
          } else {
            ended.completed(zeroed);
          }
        });
  }

  private void readHeader() {
    int length = device.limits().physicalBlockBytes();
    ByteBuffer block = pool.borrow(length);
    device.read(
        0,
        block,
        result -> {
          byte[] bytes = new byte[StoreHeader.BYTES];
          block.get(0, bytes);
          pool.giveBack(block);
          if (result.isOk()) {
            headerRead(StoreHeader.decode(bytes));
          } else {
            lost(UNREADABLE + result.detail(), false);
          }
        });
  }

  private void headerRead(StoreHeader header) {
    if (header.magic() == 0) {
      format(device, pool, layout, this::formatted);
    } else if (header.magic() != StoreHeader.MAGIC) {
      lost("its store has no header", false);
    } else if (!header.valid()) {
      lost("its room was full, or its store could not be written", true);
    } else if (header.version() != StoreHeader.VERSION) {
      lost("its store is of version " + header.version(), false);
    } else if (!StoreLayout.isChunkSize(header.chunkBytes())) {
      lost("its store has chunks of " + header.chunkBytes() + " bytes", false);
    } else {
      layout = new StoreLayout((int) header.chunkBytes());
      readArea(0);
    }
  }

  private void formatted(IoResult result) {
    if (result.isOk()) {
      done.accept(ExceptionStore.fresh(device, means, layout));
    } else {
      lost("its store could not be written: " + result.detail(), false);
    }
  }

  private void readArea(long area) {
    long chunk = layout.areaChunk(area);
    if (chunk >= chunkCount()) {
      lost("its table goes on behind the end of its store", false);
      return;
    }
    ByteBuffer buffer = pool.borrow(layout.chunkBytes());
    device.read(
        chunk * layout.chunkBytes(),
        buffer,
        result -> {
          if (result.isOk()) {
            areaRead(area, buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN));
          } else {
            lost(UNREADABLE + result.detail(), false);
          }
          pool.giveBack(buffer);
        });
  }

  private void areaRead(long area, ByteBuffer entries) {
    int at = 0;
    while (at < entries.limit() && entries.getLong(at + Long.BYTES) != 0) {
      Optional<String> fault = take(entries.getLong(at), entries.getLong(at + Long.BYTES));
      if (fault.isPresent()) {
        lost(fault.get(), false);
        return;
      }
      at += StoreLayout.ENTRY_BYTES;
    }
    if (at == entries.limit()) {
      readArea(area + 1);
    } else if (isZero(entries, at)) {
      whole();
    } else {
      clearBehind(area, entries, at);
    }
  }

  private Optional<String> take(long originChunk, long storeChunk) {
    if (originChunk < 0 || originChunk > ExceptionTable.CHUNK_MAX) {
      return Optional.of("its table keeps a chunk " + Long.toUnsignedString(originChunk));
    }
    if (storeChunk < 0 || storeChunk >= chunkCount() || layout.isTable(storeChunk)) {
      return Optional.of("its table names a chunk " + Long.toUnsignedString(storeChunk));
    }
    if (table.find(originChunk) != ExceptionTable.NONE) {
      return Optional.of("its table keeps chunk " + originChunk + " twice");
    }
    if (means.budget().isSpent()) {
      isTooLong = true;
      return Optional.of("its table is longer than is read here");
    }
    means.budget().take();
    table.add(originChunk, storeChunk);
    nextChunk = Math.max(nextChunk, layout.next(storeChunk));
    return Optional.empty();
  }

  private static boolean isZero(ByteBuffer bytes, int from) {
    for (int at = from; at < bytes.limit(); at += Long.BYTES) {
      if (bytes.getLong(at) != 0) {
        return false;
      }
    }
    return true;
  }

  /// A write of several blocks broke off: a later one is there, an earlier one is not.
  private void clearBehind(long area, ByteBuffer read, int from) {
    ByteBuffer entries = pool.borrow(layout.chunkBytes());
    entries.put(0, read, 0, from);
    entries.put(from, new byte[layout.chunkBytes() - from]);
    device.write(
        layout.areaChunk(area) * layout.chunkBytes(),
        entries,
        Durability.FUA,
        result -> {
          pool.giveBack(entries);
          if (result.isOk()) {
            whole();
          } else {
            lost("its store could not be written: " + result.detail(), false);
          }
        });
  }

  private void whole() {
    opened(Optional.empty(), false);
  }

  private void lost(String why, boolean onDisk) {
    opened(Optional.of(why), onDisk);
  }

  private void opened(Optional<String> lost, boolean lossIsStable) {
    var content = new ExceptionStore.Content(table, nextChunk, lost, lossIsStable, isTooLong);
    done.accept(new ExceptionStore(device, means, layout, content));
  }

  private long chunkCount() {
    return device.limits().sizeBytes() / layout.chunkBytes();
  }
}
