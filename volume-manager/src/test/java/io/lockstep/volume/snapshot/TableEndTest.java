package io.lockstep.volume.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.SliceDevice;
import io.lockstep.volume.Route;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.VolumeDevice;
import io.lockstep.volume.VolumeMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Where a table ends, on a disk that held something else before: at each moment the next opening
/// must find just the entries that were added.
@Tag("unit")
class TableEndTest {
  private static final int CHUNK_BYTES = 16 << 10;
  private static final int PER_AREA = CHUNK_BYTES / 16;
  private static final int CHUNKS = PER_AREA + 300;
  private static final int SIZE_BYTES = CHUNKS * CHUNK_BYTES;
  private static final int STORE_BYTES = (CHUNKS + 10) * CHUNK_BYTES;
  private static final long TURNS_MAX = 1_000_000;

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(1 << 20);
  private final MemoryDevice disk = new MemoryDevice(loop, SIZE_BYTES + STORE_BYTES, 512, 4096);
  private final BlockDevice origin = slice(0, SIZE_BYTES);
  private final BlockDevice store = slice(SIZE_BYTES, STORE_BYTES);
  private final Snapshot.Devices devices = new Snapshot.Devices(origin, store);

  private BlockDevice slice(int offset, int length) {
    return new SliceDevice(disk, loop, new BlockRange(offset, length));
  }

  private IoResult io(Consumer<Consumer<IoResult>> work) {
    var results = new ArrayList<IoResult>();
    work.accept(results::add);
    loop.runUntil(() -> !results.isEmpty(), TURNS_MAX);
    return results.getFirst();
  }

  private void write(BlockDevice device, long offset, ByteBuffer bytes) {
    assertThat(io(done -> device.write(offset, bytes, Durability.FUA, done::accept)).isOk())
        .isTrue();
  }

  private void junkAndFormat() {
    ByteBuffer junk = BufferPool.allocate(CHUNK_BYTES);
    while (junk.hasRemaining()) {
      junk.put((byte) 0x11);
    }
    for (int offset = 0; offset < STORE_BYTES; offset += CHUNK_BYTES) {
      write(store, offset, junk.clear());
    }
    assertThat(io(done -> Snapshot.format(store, pool, CHUNK_BYTES, done::accept)).isOk()).isTrue();
  }

  private Snapshot opened() {
    var opened = new ArrayList<Snapshot>();
    Snapshot.open(
        devices, new Means(pool, new ChunkBudget()), CHUNK_BYTES, SIZE_BYTES, opened::add);
    loop.runUntil(() -> !opened.isEmpty(), TURNS_MAX);
    return opened.getFirst();
  }

  private VolumeDevice face(Snapshot snapshot) {
    var gate = new Origin(loop, List.of(snapshot));
    var route = new Route(origin, VolumeMap.whole(SIZE_BYTES), Optional.of(gate));
    return new VolumeDevice(route, loop, pool, false);
  }

  private void touch(VolumeDevice face, int chunk) {
    write(face, (long) chunk * CHUNK_BYTES, BufferPool.allocate(512));
  }

  private void holds(int count) {
    Snapshot again = opened();
    assertThat(again.status().state())
        .as("with %d entries", count)
        .isEqualTo(new SnapshotStatus.State.Whole());
    assertThat(again.changedChunks()).hasSize(count);
  }

  /// Also when a block of the table is just full, and when an area is.
  @Test
  void aTableEndsWhereItWasWrittenLast() {
    junkAndFormat();
    VolumeDevice face = face(opened());
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
      touch(face, chunk);
      if (chunk % 64 == 63 || chunk >= PER_AREA - 2) {
        holds(chunk + 1);
      }
    }
  }

  /// A write of several blocks of the table broke off: a later one is there, an earlier one is not.
  /// What is added in front of it must not bring it back.
  @Test
  void entriesBehindTheEndOfATableNeverComeBack() {
    junkAndFormat();
    VolumeDevice face = face(opened());
    for (int chunk = 0; chunk < 250; chunk++) {
      touch(face, chunk);
    }
    ByteBuffer late = BufferPool.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    late.putLong(0, 900).putLong(8, 400);
    write(store, CHUNK_BYTES + 4096, late);

    Snapshot after = opened();
    assertThat(after.changedChunks()).hasSize(250);
    face = face(after);
    for (int chunk = 250; chunk < 256; chunk++) {
      touch(face, chunk);
    }
    holds(256);
  }
}
