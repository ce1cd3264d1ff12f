package io.lockstep.mirror.meta;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Which sectors are lost, and the bytes of their table on disk.
@Tag("unit")
class LostBlocksTest {
  private static final long SPACE = 16 << 20;
  private static final LostBlocks SAMPLE =
      LostBlocks.NONE.with(List.of(3L, 9L)).without(9 * 4096, 512);
  private static final LostBlocksTable.Copy COPY = new LostBlocksTable.Copy(7, SAMPLE);

  @Test
  void golden() {
    String head =
        "4C534C4F5354424C" // magic "LSLOSTBL"
            + "0000000000000007" // sequence
            + "00000002" // two blocks
            + "00000000" // reserved
            + "00000000000003FF" // block 3, all sectors
            + "00000000000009FE"; // block 9, all but the first
    byte[] expected = Arrays.copyOf(HexFormat.of().parseHex(head), 4096);
    ByteBuffer.wrap(expected).putInt(4092, 0x062A73F6); // CRC32C
    assertThat(encoded(COPY))
        .asHexString()
        .isEqualTo(HexFormat.of().withUpperCase().formatHex(expected));
    assertThat(decode(expected)).contains(COPY);
  }

  @Test
  void everyChangedByteIsNoticed() {
    byte[] good = encoded(COPY);
    for (int at = 0; at < good.length; at++) {
      byte[] changed = good.clone();
      changed[at] ^= 4;
      assertThat(decode(changed)).as("byte %d", at).isEmpty();
    }
  }

  @Test
  void theIntactCopyWithTheHigherSequenceCounts() {
    var older = new LostBlocksTable.Copy(6, LostBlocks.NONE);
    assertThat(LostBlocksTable.choose(Optional.empty(), Optional.empty())).isEmpty();
    assertThat(LostBlocksTable.choose(Optional.of(COPY), Optional.of(older)))
        .contains(new LostBlocksTable.Found(COPY, true, true));
    assertThat(LostBlocksTable.choose(Optional.of(older), Optional.of(COPY)))
        .contains(new LostBlocksTable.Found(COPY, false, true));
    assertThat(LostBlocksTable.choose(Optional.empty(), Optional.of(COPY)))
        .contains(new LostBlocksTable.Found(COPY, false, true));
    assertThat(LostBlocksTable.choose(Optional.of(COPY), Optional.of(COPY)))
        .contains(new LostBlocksTable.Found(COPY, false, false));
  }

  @Test
  void entriesFromOutsideAreLookedAt() {
    assertThat(LostBlocks.of(SAMPLE.entries(), SPACE)).contains(SAMPLE);
    assertThat(LostBlocks.of(List.of(0x300L), SPACE)).as("no sector").isEmpty();
    assertThat(LostBlocks.of(List.of(0x301L, 0x302L), SPACE)).as("a block twice").isEmpty();
    assertThat(LostBlocks.of(List.of(0x401L, 0x301L), SPACE)).as("not ascending").isEmpty();
    assertThat(LostBlocks.of(List.of(4096L << 8 | 1), SPACE)).as("beyond the end").isEmpty();
    assertThat(LostBlocks.of(List.of(-1L), SPACE)).as("negative").isEmpty();
  }

  @Test
  void itIsASetOfSectors() {
    var random = new SplittableRandom(1);
    for (int round = 0; round < 300; round++) {
      var sectors = new BitSet();
      LostBlocks lost = LostBlocks.NONE;
      for (int step = 0; step < 12; step++) {
        int first = random.nextInt(200);
        int end = first + random.nextInt(1, 30);
        if (random.nextBoolean()) {
          long block = first / 8;
          lost = lost.with(List.of(block));
          sectors.set((int) block * 8, (int) block * 8 + 8);
        } else {
          lost = lost.without(first * 512L, (end - first) * 512L);
          sectors.clear(first, end);
        }
        assertSame(lost, sectors, random);
      }
    }
  }

  private static void assertSame(LostBlocks lost, BitSet sectors, SplittableRandom random) {
    for (int probe = 0; probe < 20; probe++) {
      int first = random.nextInt(240);
      int count = random.nextInt(1, 40);
      int next = sectors.nextSetBit(first);
      assertThat(lost.touches(first * 512L, count * 512L))
          .isEqualTo(next >= 0 && next < first + count);
      long[] block = sectors.get(first / 8 * 8, first / 8 * 8 + 8).toLongArray();
      assertThat(lost.sectorsOf(first / 8)).isEqualTo(block.length == 0 ? 0 : (int) block[0]);
    }
    assertThat(LostBlocks.of(lost.entries(), SPACE)).contains(lost);
  }

  private static byte[] encoded(LostBlocksTable.Copy copy) {
    ByteBuffer out = ByteBuffer.allocate(4096);
    LostBlocksTable.encode(copy, out);
    return out.array();
  }

  private static Optional<LostBlocksTable.Copy> decode(byte[] bytes) {
    return LostBlocksTable.decode(ByteBuffer.wrap(bytes), SPACE);
  }
}
