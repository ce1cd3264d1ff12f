package io.lockstep.volume.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.volume.Route;
import io.lockstep.volume.SnapshotStatus;
import io.lockstep.volume.VolumeDevice;
import io.lockstep.volume.VolumeMap;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Stores that Linux's dm-snapshot wrote (kernel 6.1.176, in a guest), beside what they mean. The
/// origin held `1` in its first MiB; then, one after another:
///
/// ```
///   origin, chunk 3, all of it: 2       origin, first 4 KiB: 3
///   origin, chunk 7, its blocks 1, 2: 4   snapshot, chunk 20, its first 4 KiB: 5
/// ```
@Tag("golden")
class GoldenStoreTest {
  private static final int CHUNK = 64 << 10;
  private static final int ORIGIN_BYTES = 16 << 20;
  private static final int STORE_BYTES = 8 << 20;
  private static final int TURNS_MAX = 100_000;

  /// The first bytes; the rest of the chunk is zero.
  private static final String HEADER = "536e4170 01000000 01000000 80000000";

  /// The first bytes of chunk 1; the rest of it is zero.
  private static final String AREA =
      """
      0300000000000000 0200000000000000
      0000000000000000 0300000000000000
      0700000000000000 0400000000000000
      1400000000000000 0500000000000000
      """;

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(16 << 20);
  private final BlockDevice originDisk = new MemoryDevice(loop, ORIGIN_BYTES, 512, 4096);
  private final BlockDevice storeDisk = new MemoryDevice(loop, STORE_BYTES, 512, 4096);

  @Test
  void theirStoreIsRead() {
    fill(originDisk, 0, 1 << 20, '1');
    fill(originDisk, 3 * CHUNK, CHUNK, '2');
    fill(originDisk, 0, 4096, '3');
    fill(originDisk, 7 * CHUNK + 4096, 8192, '4');
    put(storeDisk, 0, Arrays.copyOf(bytes(HEADER), CHUNK));
    put(storeDisk, CHUNK, Arrays.copyOf(bytes(AREA), CHUNK));
    fill(storeDisk, 2 * CHUNK, 3 * CHUNK, '1');
    fill(storeDisk, 5 * CHUNK, 4096, '5');

    Snapshot snapshot =
        await(
            done ->
                Snapshot.open(
                    new Snapshot.Devices(open(originDisk), open(storeDisk)),
                    new Means(pool, new ChunkBudget()),
                    CHUNK,
                    ORIGIN_BYTES,
                    done));

    assertThat(snapshot.status())
        .isEqualTo(
            new SnapshotStatus(
                ORIGIN_BYTES, STORE_BYTES, 6 * CHUNK, new SnapshotStatus.State.Whole()));
    assertThat(snapshot.changedChunks()).containsExactly(0, 3, 7, 20);
    var face = new SnapshotDevice(snapshot, loop, pool);
    for (int offset = 0; offset < ORIGIN_BYTES; offset += CHUNK) {
      assertThat(get(face, offset, 4096)).containsOnly(shown(offset));
      assertThat(get(face, offset + 4096, CHUNK - 4096)).containsOnly(shown(offset + 4096));
    }
  }

  /// What the snapshot holds: the first MiB as it was, and what was written to it.
  private static int shown(int offset) {
    if (offset == 20 * CHUNK) {
      return '5';
    }
    return offset < 1 << 20 ? '1' : 0;
  }

  @Test
  void oursHasTheSameBytes() {
    fill(originDisk, 0, 1 << 20, '1');
    BlockDevice origin = open(originDisk);
    BlockDevice store = open(storeDisk);
    assertThat(this.<IoResult>await(done -> Snapshot.format(store, pool, CHUNK, done::accept)))
        .isEqualTo(IoResult.OK);
    Snapshot snapshot =
        Snapshot.fresh(
            new Snapshot.Devices(origin, store),
            new Means(pool, new ChunkBudget()),
            CHUNK,
            ORIGIN_BYTES);
    var gate = new Origin(loop, List.of(snapshot));
    var route = new Route(origin, VolumeMap.whole(ORIGIN_BYTES), Optional.of(gate));
    BlockDevice face = new VolumeDevice(route, loop, pool, false);

    fill(face, 3 * CHUNK, CHUNK, '2');
    fill(face, 0, 4096, '3');
    fill(face, 7 * CHUNK + 4096, 8192, '4');
    fill(new SnapshotDevice(snapshot, loop, pool), 20 * CHUNK, 4096, '5');

    assertThat(get(storeDisk, 0, CHUNK)).isEqualTo(Arrays.copyOf(bytes(HEADER), CHUNK));
    assertThat(get(storeDisk, CHUNK, CHUNK)).isEqualTo(Arrays.copyOf(bytes(AREA), CHUNK));
    assertThat(get(storeDisk, 2 * CHUNK, 3 * CHUNK)).containsOnly('1');
    assertThat(get(storeDisk, 5 * CHUNK, 4096)).containsOnly('5');
  }

  private BlockDevice open(BlockDevice disk) {
    return new VolumeDevice(Route.whole(disk), loop, pool, false);
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }

  private void fill(BlockDevice device, int offset, int length, int with) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) with);
    put(device, offset, bytes);
  }

  private void put(BlockDevice device, int offset, byte[] bytes) {
    ByteBuffer buffer = BufferPool.allocate(bytes.length).put(0, bytes);
    assertThat(
            this.<IoResult>await(
                done -> device.write(offset, buffer, Durability.WRITE_BACK, done::accept)))
        .isEqualTo(IoResult.OK);
  }

  private byte[] get(BlockDevice device, int offset, int length) {
    ByteBuffer buffer = BufferPool.allocate(length);
    assertThat(this.<IoResult>await(done -> device.read(offset, buffer, done::accept)))
        .isEqualTo(IoResult.OK);
    byte[] bytes = new byte[length];
    buffer.get(0, bytes);
    return bytes;
  }

  private <T> T await(Consumer<Consumer<T>> call) {
    List<T> answers = new ArrayList<>();
    call.accept(answers::add);
    loop.runUntil(() -> !answers.isEmpty(), TURNS_MAX);
    return answers.getFirst();
  }
}
