package io.lockstep.volume.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.volume.SnapshotRoom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class StoreLayoutTest {
  /// The places of dm-snapshot's persistent store: 256 entries to an area of 4 KiB.
  @Test
  void areasLieBetweenTheirChunks() {
    var layout = new StoreLayout(4096);
    assertThat(layout.areaChunk(0)).isEqualTo(1);
    assertThat(layout.areaChunk(1)).isEqualTo(258);
    assertThat(layout.areaChunk(2)).isEqualTo(515);
    assertThat(layout.next(2)).isEqualTo(3);
    assertThat(layout.next(257)).as("258 is a table").isEqualTo(259);
    assertThat(layout.entryOffset(0)).isEqualTo(4096);
    assertThat(layout.entryOffset(255)).isEqualTo(4096 + 255 * 16);
    assertThat(layout.entryOffset(256)).isEqualTo(258 * 4096);
  }

  /// What a store is made for, it holds, and not much more.
  @ParameterizedTest
  @ValueSource(ints = {4 << 10, 64 << 10, 512 << 10})
  void aStoreHasRoomForWhatItIsMadeFor(int chunkBytes) {
    var layout = new StoreLayout(chunkBytes);
    long perArea = layout.perArea();
    for (long chunks : new long[] {1, 2, perArea - 1, perArea, perArea + 1, 5 * perArea}) {
      long bytes = SnapshotRoom.storeBytes(chunks * chunkBytes, chunkBytes, Long.MAX_VALUE / 2);
      assertThat(capacity(layout, bytes / chunkBytes)).as("%d chunks", chunks).isEqualTo(chunks);
      assertThat(capacity(layout, bytes / chunkBytes))
          .isEqualTo(layout.capacity(bytes / chunkBytes));
    }
    assertThat(SnapshotRoom.storeBytes(1L << 40, chunkBytes, chunkBytes))
        .isEqualTo(3L * chunkBytes);
  }

  /// Counts the chunks that an empty store of that many gives out.
  private static long capacity(StoreLayout layout, long chunkCount) {
    long given = 0;
    long chunk = StoreLayout.FIRST_DATA_CHUNK;
    while (chunk < chunkCount
        && !((given + 1) % layout.perArea() == 0
            && layout.areaChunk((given + 1) / layout.perArea()) >= chunkCount)) {
      given++;
      chunk = layout.next(chunk);
    }
    return given;
  }

  @Test
  void theChunkGrowsWithTheRoom() {
    assertThat(SnapshotRoom.chunkBytes(1)).isEqualTo(64 << 10);
    assertThat(SnapshotRoom.chunkBytes(64L << 30)).isEqualTo(64 << 10);
    assertThat(SnapshotRoom.chunkBytes((64L << 30) + (64 << 10))).isEqualTo(128 << 10);
    assertThat(SnapshotRoom.chunkBytes(1L << 50)).isEqualTo(512 << 10);
  }
}
