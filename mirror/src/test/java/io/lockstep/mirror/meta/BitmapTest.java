package io.lockstep.mirror.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The quick-sync bitmap against a plain bit set, its pages against their bytes, and the rule that
/// an unreadable page means dirty.
@Tag("unit")
class BitmapTest {
  private static final int BLOCK = Bitmap.BLOCK_BYTES;

  /// Two pages, the second of which is not full, and a last block of 512 bytes.
  private static final long SIZE = (Bitmap.PAGE_BLOCKS + 100L) * BLOCK + 512;

  private static final int BLOCKS = Bitmap.PAGE_BLOCKS + 101;

  private final Bitmap bitmap = new Bitmap(SIZE);

  @Test
  void aTouchedBlockIsDirtyAndOnlyACoveredOneGetsClean() {
    bitmap.markDirty(BLOCK - 512, 1024);
    assertThat(bitmap.isSet(0)).isTrue();
    assertThat(bitmap.isSet(1)).isTrue();
    assertThat(bitmap.setCount()).isEqualTo(2);
    bitmap.markClean(512, 2 * BLOCK - 1024);
    assertThat(bitmap.setCount()).isEqualTo(2);
    bitmap.markClean(0, 2 * BLOCK - 512);
    assertThat(bitmap.isSet(0)).isFalse();
    assertThat(bitmap.isSet(1)).isTrue();
  }

  @Test
  void aShortLastBlockIsWholeWhereTheSpaceEnds() {
    long lastStart = (BLOCKS - 1L) * BLOCK;
    bitmap.markDirty(SIZE - 1, 1);
    assertThat(bitmap.setBytes()).isEqualTo(512);
    bitmap.markClean(lastStart - BLOCK, BLOCK);
    assertThat(bitmap.setCount()).isOne();
    bitmap.markClean(lastStart, 512);
    assertThat(bitmap.setCount()).isZero();
    bitmap.markAll();
    assertThat(bitmap.setCount()).isEqualTo(BLOCKS);
    assertThat(bitmap.setBytes()).isEqualTo(SIZE);
    assertThat(bitmap.runLength(0, Integer.MAX_VALUE)).isEqualTo(BLOCKS);
  }

  @Test
  void behavesLikeAPlainBitSet() {
    for (int seed = 0; seed < 30; seed++) {
      var random = new SplittableRandom(seed);
      var actual = new Bitmap(SIZE);
      var model = new BitSet(BLOCKS);
      for (int step = 0; step < 300; step++) {
        int first = random.nextInt(BLOCKS);
        int count = random.nextInt(1, Math.min(BLOCKS - first, 1 << random.nextInt(12)) + 1);
        long offset = (long) first * BLOCK;
        long length = Math.min((long) count * BLOCK, SIZE - offset);
        boolean dirty = random.nextBoolean();
        model.set(first, first + count, dirty);
        if (dirty) {
          actual.markDirty(offset, length);
        } else {
          actual.markClean(offset, length);
        }
        assertSame(actual, model, random);
      }
    }
  }

  private static void assertSame(Bitmap actual, BitSet model, SplittableRandom random) {
    int from = random.nextInt(BLOCKS);
    int blocksMax = random.nextInt(1, 500);
    assertThat(actual.setCount()).isEqualTo(model.cardinality());
    assertThat(actual.nextSetBlock(from)).isEqualTo(model.nextSetBit(from));
    assertThat(actual.isSet(from)).isEqualTo(model.get(from));
    int run = Math.min(Math.min(model.nextClearBit(from), BLOCKS) - from, blocksMax);
    assertThat(actual.runLength(from, blocksMax)).isEqualTo(run);
    assertThat(actual.nextSetBlock(BLOCKS)).isEqualTo(-1);
  }

  @Test
  void rangesBeyondTheSpaceAreBugs() {
    assertThatThrownBy(() -> bitmap.markDirty(SIZE - 512, 1024)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> bitmap.markClean(-1, 1)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> bitmap.markClean(0, 0)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> bitmap.isSet(BLOCKS)).isInstanceOf(AssertionError.class);
  }

  @Test
  void goldenPages() {
    bitmap.markDirty(3 * BLOCK, BLOCK);
    ByteBuffer first = page(bitmap, 0);
    assertThat(hex(first, 0, 48))
        .isEqualTo(
            "4C534249544D4150" // magic "LSBITMAP"
                + "00000000" // page
                + "00000000" // reserved
                + "0000000000000001" // sequence
                + "00000000" // reserved
                + "D8463AF3" // CRC32C
                + "0000000000000008" // block 3
                + "0000000000000000");
    bitmap.markDirty((long) Bitmap.PAGE_BLOCKS * BLOCK, 1);
    var second = new Bitmap((Bitmap.PAGE_BLOCKS + 256L) * BLOCK);
    second.markDirty((long) Bitmap.PAGE_BLOCKS * BLOCK, 1);
    second.markDirty((Bitmap.PAGE_BLOCKS + 255L) * BLOCK, BLOCK);
    assertThat(hex(page(second, 1), 0, 64))
        .isEqualTo(
            "4C534249544D4150" // magic
                + "00000001" // page
                + "00000000"
                + "0000000000000002" // sequence
                + "00000000"
                + "00148438" // CRC32C
                + "0000000000000001" // block 32512
                + "0000000000000000"
                + "0000000000000000"
                + "8000000000000000"); // block 32767
  }

  @Test
  void pagesComeBackAsTheyWere() {
    bitmap.markDirty(5 * BLOCK, 70 * BLOCK);
    bitmap.markDirty(SIZE - 1, 1);
    var read = new Bitmap(SIZE);
    for (int page = 0; page < bitmap.pageCount(); page++) {
      assertThat(read.decodePage(page, page(bitmap, page))).isTrue();
      assertThat(read.pageUnstable(page)).isFalse();
      assertThat(read.pageDiffers(page)).isFalse();
    }
    assertThat(read.setCount()).isEqualTo(71);
    assertThat(read.runLength(5, 1000)).isEqualTo(70);
    assertThat(read.isSet(BLOCKS - 1)).isTrue();
  }

  @Test
  void anUnreadablePageIsDirtyToTheLastBlock() {
    ByteBuffer good = page(bitmap, 1);
    for (int at = 0; at < Bitmap.PAGE_BYTES; at++) {
      ByteBuffer damaged = ByteBuffer.allocate(Bitmap.PAGE_BYTES).put(0, good, 0, 4096);
      damaged.put(at, (byte) (damaged.get(at) ^ 1));
      var read = new Bitmap(SIZE);
      assertThat(read.decodePage(1, damaged)).as("byte %d", at).isFalse();
      assertThat(read.setCount()).isEqualTo(101);
      assertThat(read.nextSetBlock(0)).isEqualTo(Bitmap.PAGE_BLOCKS);
      assertThat(read.pageUnstable(1)).isTrue();
    }
    var read = new Bitmap(SIZE);
    assertThat(read.decodePage(0, ByteBuffer.allocate(4096))).isFalse();
    assertThat(read.decodePage(1, page(bitmap, 0))).isFalse();
    assertThat(read.setCount()).isEqualTo(BLOCKS);
  }

  @Test
  void aPageOfALargerSpaceIsNotTakenForOurs() {
    var larger = new Bitmap(SIZE + 200 * BLOCK);
    larger.markAll();
    assertThat(new Bitmap(SIZE).decodePage(1, page(larger, 1))).isFalse();
  }

  @Test
  void bitsSetDuringAPageWriteKeepItUnstable() {
    assertThat(bitmap.pageUnstable(0)).isTrue();
    write(0);
    assertThat(bitmap.pageUnstable(0)).isFalse();
    assertThat(bitmap.pageDiffers(0)).isFalse();
    bitmap.markDirty(0, BLOCK);
    long token = bitmap.encodePage(0, ByteBuffer.allocate(4096));
    bitmap.markDirty(BLOCK, BLOCK);
    bitmap.pageWritten(0, token);
    assertThat(bitmap.pageUnstable(0)).isTrue();
    write(0);
    assertThat(bitmap.pageUnstable(0)).isFalse();
    bitmap.markDirty(0, 2 * BLOCK);
    assertThat(bitmap.pageDiffers(0)).as("nothing new").isFalse();
    bitmap.markClean(0, BLOCK);
    assertThat(bitmap.pageUnstable(0)).as("a cleared bit on disk is only wasteful").isFalse();
    assertThat(bitmap.pageDiffers(0)).isTrue();
    bitmap.markDirty(0, BLOCK);
    assertThat(bitmap.pageUnstable(0)).as("set again after it was cleared").isTrue();
  }

  @Test
  void anOlderPageWriteThatEndsLateProvesNothingNew() {
    bitmap.markDirty(0, BLOCK);
    long older = bitmap.encodePage(0, ByteBuffer.allocate(4096));
    bitmap.markDirty(BLOCK, BLOCK);
    long newer = bitmap.encodePage(0, ByteBuffer.allocate(4096));
    bitmap.pageWritten(0, newer);
    bitmap.pageWritten(0, older);
    assertThat(bitmap.pageUnstable(0)).isFalse();
    assertThatThrownBy(() -> bitmap.pageWritten(0, newer + 1)).isInstanceOf(AssertionError.class);
  }

  @Test
  void theUnionCrossesTheWire() {
    for (int seed = 0; seed < 50; seed++) {
      var random = new SplittableRandom(seed);
      var ours = new Bitmap(SIZE);
      var theirs = new Bitmap(SIZE);
      var union = new BitSet();
      for (int step = random.nextInt(60); step > 0; step--) {
        int block = random.nextInt(BLOCKS);
        (random.nextBoolean() ? ours : theirs).markDirty((long) block * BLOCK, 1);
        union.set(block);
      }
      int chunks = 0;
      int count;
      for (long word = theirs.nextNonZeroWord(0);
          word >= 0;
          word = theirs.nextNonZeroWord(word + count)) {
        ByteBuffer chunk = ByteBuffer.allocate(random.nextInt(1, 40) * Long.BYTES + 5);
        count = theirs.exportWords(word, chunk);
        assertThat(count).isPositive().isEqualTo(chunk.position() / Long.BYTES);
        assertThat(ours.importUnion(word, chunk.flip())).isTrue();
        chunks++;
      }
      assertThat(chunks).isLessThanOrEqualTo(60);
      assertThat(ours.setCount()).isEqualTo(union.cardinality());
      assertThat(union.stream().allMatch(ours::isSet)).isTrue();
    }
  }

  @Test
  void wordsThatDoNotFitChangeNothing() {
    long words = bitmap.wordCount();
    ByteBuffer ones = ByteBuffer.allocate(8).putLong(0, -1L);
    assertThat(bitmap.importUnion(words, ones)).isFalse();
    assertThat(bitmap.importUnion(-1, ones)).isFalse();
    assertThat(bitmap.importUnion(Long.MAX_VALUE, ones)).isFalse();
    assertThat(bitmap.importUnion(0, ByteBuffer.allocate(7))).isFalse();
    assertThat(bitmap.importUnion(words - 1, ones)).as("bits beyond the last block").isFalse();
    assertThat(bitmap.setCount()).isZero();
    assertThat(bitmap.importUnion(words - 2, ones)).isTrue();
    assertThat(bitmap.setCount()).isEqualTo(64);
  }

  @Test
  void theLargestSpaceCostsMemoryForItsMixedPagesOnly() {
    var large = new Bitmap(DiskLayout.REPLICATED_BYTES_MAX);
    long last = DiskLayout.REPLICATED_BYTES_MAX - BLOCK;
    assertThat(large.nextSetBlock(0)).isEqualTo(-1);
    large.markAll();
    assertThat(large.setBytes()).isEqualTo(DiskLayout.REPLICATED_BYTES_MAX);
    assertThat(large.mixedBytes()).isZero();
    large.markClean(0, last);
    assertThat(large.setCount()).isOne();
    assertThat(large.nextSetBlock(0)).isEqualTo(last / BLOCK);
    assertThat(large.runLength(last / BLOCK, 1000)).isOne();
    assertThat(large.nextNonZeroWord(0)).isEqualTo(large.wordCount() - 1);
    assertThat(large.mixedBytes()).isBetween(1L, 1L << 20);
    large.markClean(last, BLOCK);
    assertThat(large.setCount()).isZero();

    var read = new Bitmap(DiskLayout.REPLICATED_BYTES_MAX);
    large.markDirty(last, 1);
    int lastPage = large.pageCount() - 1;
    assertThat(read.decodePage(lastPage, page(large, lastPage))).isTrue();
    assertThat(read.nextSetBlock(0)).isEqualTo(last / BLOCK);
  }

  @Test
  void memoryComesBackWhenPagesAreOfOnePieceAgain() {
    int pages = 10 * MixedPages.SLAB_PAGES;
    long pageBytes = (long) Bitmap.PAGE_BLOCKS * BLOCK;
    var large = new Bitmap(pages * pageBytes);
    for (int page = 0; page < pages; page++) {
      large.markDirty(page * pageBytes + page % 7L * BLOCK, BLOCK);
    }
    assertThat(large.setCount()).isEqualTo(pages);
    assertThat(large.mixedBytes()).isEqualTo(10L * MixedPages.SLAB_PAGES * Bitmap.PAGE_WORDS * 8);
    for (int page = 0; page < pages; page++) {
      if (page % 2 == 0) {
        large.markClean(page * pageBytes, pageBytes);
      } else {
        large.markDirty(page * pageBytes, pageBytes);
      }
    }
    assertThat(large.setCount()).isEqualTo(pages / 2L * Bitmap.PAGE_BLOCKS);
    assertThat(large.mixedBytes()).as("one slab is kept").isLessThan(1 << 20);
    large.markDirty(0, BLOCK);
    assertThat(large.isSet(0)).isTrue();
    assertThat(large.isSet(1)).isFalse();
  }

  @Test
  void withoutMemoryAPageIsSetAsAWholeAndStillClearedBlockByBlock() {
    long pageBytes = (long) Bitmap.PAGE_BLOCKS * BLOCK;
    var small = new Bitmap(4 * pageBytes, 1);
    small.markDirty(5 * BLOCK, BLOCK);
    assertThat(small.setCount()).isOne();
    small.markDirty(pageBytes + 5 * BLOCK, BLOCK);
    small.markDirty(pageBytes + 7 * BLOCK, BLOCK);
    assertThat(small.setCount()).as("page 1 as a whole").isEqualTo(1 + Bitmap.PAGE_BLOCKS);
    assertThat(small.pageUnstable(1)).isTrue();
    var exact = new Bitmap(4 * pageBytes);
    exact.markDirty(2 * pageBytes, BLOCK);
    assertThat(small.decodePage(2, page(exact, 2))).as("it can be read").isTrue();
    assertThat(small.runLength(2L * Bitmap.PAGE_BLOCKS, Integer.MAX_VALUE))
        .isEqualTo(Bitmap.PAGE_BLOCKS);
    assertThat(small.pageUnstable(2)).as("the disk has fewer bits").isTrue();
    ByteBuffer word = ByteBuffer.allocate(8).putLong(0, 1L << 9);
    assertThat(small.importUnion(3L * Bitmap.PAGE_WORDS, word)).isTrue();
    assertThat(small.setCount()).isEqualTo(1 + 3L * Bitmap.PAGE_BLOCKS);
    long size = 4 * pageBytes;
    for (long block = small.nextSetBlock(0); block >= 0; block = small.nextSetBlock(block)) {
      long offset = block * BLOCK;
      small.markClean(offset, Math.min(1 << 20, size - offset));
    }
    assertThat(small.setCount()).isZero();
  }

  private void write(int page) {
    bitmap.pageWritten(page, bitmap.encodePage(page, ByteBuffer.allocate(4096)));
  }

  private static ByteBuffer page(Bitmap bitmap, int page) {
    ByteBuffer out = ByteBuffer.allocate(Bitmap.PAGE_BYTES);
    bitmap.encodePage(page, out);
    assertThat(out.hasRemaining()).isFalse();
    return out.flip();
  }

  private static String hex(ByteBuffer bytes, int from, int length) {
    var copy = new byte[length];
    bytes.get(from, copy);
    return HexFormat.of().withUpperCase().formatHex(copy);
  }
}
