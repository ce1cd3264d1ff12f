package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The quick-sync bitmap: one bit for each 4 KiB block that is out of sync between the two disks.
/// On disk it is pages of 4 KiB, see [BitmapPage]; in a page, block `b` is bit `b & 63` of word
/// `b >> 6`.
///
/// Invariants: a bit is set for a block that is touched even in part, and cleared only for one that
/// is covered whole. A page counts as unstable from the moment a bit is set in it until a page
/// write *encoded after that* has become stable. A page that cannot be read has all bits set.
///
/// In memory a page that is all clear or all set is a number; only a *mixed* one has its words in
/// [MixedPages]. Of these there are at most [#MIXED_PAGES_MAX] because of bits that were set: a
/// page in which nothing was set, and for which no memory is left, is set as a whole. That copies
/// more than needed and never less. A bit that is cleared always finds memory, since a resync that
/// forgets what it has copied would not end; it clears from the first block to the last, so it
/// leaves few mixed pages that were not mixed before.
///
/// Pure and without I/O. Not thread-safe; the owner is the mirror's loop.
public final class Bitmap {
  /// What one bit covers.
  public static final int BLOCK_BYTES = 4096;

  /// One page on disk.
  public static final int PAGE_BYTES = 4096;

  /// Words (64 blocks each) in a page.
  public static final int PAGE_WORDS = (PAGE_BYTES - BitmapPage.HEADER_BYTES) / Long.BYTES;

  /// Blocks in a page.
  public static final int PAGE_BLOCKS = PAGE_WORDS * Long.SIZE;

  /// Pages with single bits, as many as 8 TiB have: 258 MiB of memory outside the heap.
  public static final int MIXED_PAGES_MAX = 260 * MixedPages.SLAB_PAGES;

  /// [#exportWords] ends a run where at least this many zero words follow: cheaper as a new chunk.
  private static final int ZERO_RUN_WORDS = 16;

  private static final long NEVER_WRITTEN = -1;
  private static final int NONE = -1;

  private final long sizeBytes;
  private final long blockCount;
  private long setCount;

  /// Per page: how many of its bits are set, and its place among the mixed pages if it is one.
  private final int[] setInPage;

  private final int[] places;
  private final MixedPages mixed;
  private final int mixedPagesMax;

  /// Per page: a number that grows with each change, its value at the last bit that was set, and
  /// the number that the stable copy on disk was encoded at.
  private final long[] changed;

  private final long[] changedBySet;
  private final long[] stable;

  /// All blocks in sync, and no page on disk yet.
  ///
  /// @param sizeBytes size of the replicated space
  public Bitmap(long sizeBytes) {
    this(sizeBytes, MIXED_PAGES_MAX);
  }

  Bitmap(long sizeBytes, int mixedPagesMax) {
    Check.that(sizeBytes > 0 && sizeBytes <= DiskLayout.REPLICATED_BYTES_MAX, "size", sizeBytes, 0);
    this.sizeBytes = sizeBytes;
    this.mixedPagesMax = mixedPagesMax;
    blockCount = blocksFor(sizeBytes);
    int pages = pageCountFor(sizeBytes);
    setInPage = new int[pages];
    places = new int[pages];
    Arrays.fill(places, NONE);
    mixed = new MixedPages(pages);
    changed = new long[pages];
    changedBySet = new long[pages];
    stable = new long[pages];
    Arrays.fill(stable, NEVER_WRITTEN);
  }

  /// How many pages a space of `sizeBytes` needs.
  public static int pageCountFor(long sizeBytes) {
    return Math.toIntExact((blocksFor(sizeBytes) + PAGE_BLOCKS - 1) / PAGE_BLOCKS);
  }

  private static long blocksFor(long sizeBytes) {
    return (sizeBytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
  }

  /// How many blocks the space has; the last may be short.
  public long blockCount() {
    return blockCount;
  }

  /// How many blocks are out of sync.
  public long setCount() {
    return setCount;
  }

  /// How many bytes are out of sync.
  public long setBytes() {
    long missing = blockCount * BLOCK_BYTES - sizeBytes;
    return setCount * BLOCK_BYTES - (isSet(blockCount - 1) ? missing : 0);
  }

  /// How much memory the words of mixed pages take.
  long mixedBytes() {
    return mixed.bytes();
  }

  public boolean isSet(long block) {
    Check.that(block >= 0 && block < blockCount, "block", block, blockCount);
    return (word(block >>> 6) & 1L << block) != 0;
  }

  /// Sets the bit of every block that the bytes touch.
  public void markDirty(long offset, long length) {
    checkRange(offset, length);
    long first = offset / BLOCK_BYTES;
    long last = (offset + length - 1) / BLOCK_BYTES;
    for (int page = pageOfBlock(first); page <= pageOfBlock(last); page++) {
      set(page, firstIn(page, first), lastIn(page, last));
    }
  }

  /// Counts the pages behind these bytes as unstable: what was read of them may be no more than
  /// what a failed flush has lost and reads still see.
  public void distrust(long offset, long length) {
    checkRange(offset, length);
    for (int page = pageOf(offset); page <= pageOf(offset + length - 1); page++) {
      changed[page]++;
      changedBySet[page] = changed[page];
    }
  }

  /// Clears the bit of every block that lies wholly within the bytes; a last block that is short
  /// because the space ends is whole when the bytes reach that end.
  public void markClean(long offset, long length) {
    checkRange(offset, length);
    long first = (offset + BLOCK_BYTES - 1) / BLOCK_BYTES;
    long end = offset + length;
    long last = (end == sizeBytes ? blockCount : end / BLOCK_BYTES) - 1;
    if (first > last) {
      return;
    }
    for (int page = pageOfBlock(first); page <= pageOfBlock(last); page++) {
      clear(page, firstIn(page, first), lastIn(page, last));
    }
  }

  /// Sets every bit.
  public void markAll() {
    markDirty(0, sizeBytes);
  }

  /// The first set block at or after `from`; -1 if there is none.
  public long nextSetBlock(long from) {
    if (from >= blockCount) {
      return NONE;
    }
    int page = pageOfBlock(from);
    int found = nextSetIn(page, firstIn(page, from));
    while (found == NONE) {
      page++;
      if (page == pageCount()) {
        return NONE;
      }
      found = nextSetIn(page, 0);
    }
    return firstBlockOf(page) + found;
  }

  private int nextSetIn(int page, int from) {
    if (setInPage[page] == 0) {
      return NONE;
    }
    if (isFull(page)) {
      return from;
    }
    int index = from >>> 6;
    long word = mixed.get(places[page], index) & -1L << from;
    while (word == 0) {
      index++;
      if (index == PAGE_WORDS) {
        return NONE;
      }
      word = mixed.get(places[page], index);
    }
    return (index << 6) + Long.numberOfTrailingZeros(word);
  }

  /// How many blocks in a row are set from `fromBlock` on, at most `blocksMax`.
  public int runLength(long fromBlock, int blocksMax) {
    long end = Math.min(blockCount, fromBlock + blocksMax);
    long block = fromBlock;
    while (block < end) {
      int page = pageOfBlock(block);
      if (isFull(page)) {
        block = firstBlockOf(page) + PAGE_BLOCKS;
        continue;
      }
      long clear = ~word(block >>> 6) & -1L << block;
      if (clear != 0) {
        block = (block & ~63L) + Long.numberOfTrailingZeros(clear);
        break;
      }
      block = (block | 63) + 1;
    }
    return (int) (Math.min(block, end) - fromBlock);
  }

  // ---- pages in memory

  private int pageOfBlock(long block) {
    return (int) (block / PAGE_BLOCKS);
  }

  private static long firstBlockOf(int page) {
    return (long) page * PAGE_BLOCKS;
  }

  private int blocksIn(int page) {
    return (int) Math.min(PAGE_BLOCKS, blockCount - firstBlockOf(page));
  }

  private boolean isFull(int page) {
    return setInPage[page] == blocksIn(page);
  }

  /// Where in `page` a run that begins with `block` begins.
  private static int firstIn(int page, long block) {
    return (int) Math.max(0, block - firstBlockOf(page));
  }

  /// Where in `page` a run that ends with `block` ends.
  private int lastIn(int page, long block) {
    return (int) Math.min(block - firstBlockOf(page), blocksIn(page) - 1);
  }

  private void set(int page, int first, int last) {
    if (first == 0 && last == blocksIn(page) - 1) {
      setAll(page);
      return;
    }
    for (int word = first >>> 6; word <= last >>> 6; word++) {
      or(page, word, maskOf(word, first, last));
    }
  }

  private void clear(int page, int first, int last) {
    if (first == 0 && last == blocksIn(page) - 1) {
      clearAll(page);
      return;
    }
    for (int word = first >>> 6; word <= last >>> 6; word++) {
      andNot(page, word, maskOf(word, first, last));
    }
  }

  private void setAll(int page) {
    if (!isFull(page)) {
      tally(page, blocksIn(page) - setInPage[page]);
      changed[page]++;
      changedBySet[page] = changed[page];
    }
  }

  private void clearAll(int page) {
    if (setInPage[page] > 0) {
      tally(page, -setInPage[page]);
      changed[page]++;
    }
  }

  private void or(int page, int word, long mask) {
    if (mask == 0 || isFull(page)) {
      return;
    }
    if (setInPage[page] == 0 && mixed.count() >= mixedPagesMax) {
      setAll(page);
      return;
    }
    int added = mixed.set(placeOf(page), word, mask);
    if (added > 0) {
      tally(page, added);
      changed[page]++;
      changedBySet[page] = changed[page];
    }
  }

  private void andNot(int page, int word, long mask) {
    if (mask == 0 || setInPage[page] == 0) {
      return;
    }
    int removed = mixed.clear(placeOf(page), word, mask);
    if (removed > 0) {
      tally(page, -removed);
      changed[page]++;
    }
  }

  /// Counts bits that were set, or cleared if negative; a page that is all one needs no words.
  private void tally(int page, int added) {
    setCount += added;
    setInPage[page] += added;
    if (places[page] != NONE && (setInPage[page] == 0 || isFull(page))) {
      mixed.giveBack(places[page]);
      places[page] = NONE;
    }
  }

  /// The place of the words of `page`, which is about to become mixed if it is not.
  private int placeOf(int page) {
    if (places[page] == NONE) {
      int place = mixed.take();
      for (int word = 0; word < PAGE_WORDS; word++) {
        mixed.put(place, word, word(page, word));
      }
      places[page] = place;
    }
    return places[page];
  }

  private long word(long index) {
    return word((int) (index / PAGE_WORDS), (int) (index % PAGE_WORDS));
  }

  private long word(int page, int word) {
    if (places[page] != NONE) {
      return mixed.get(places[page], word);
    }
    int last = setInPage[page] - 1;
    return word > last >> 6 ? 0 : maskOf(word, 0, last);
  }

  /// The bits of word `index` that stand for blocks `first` to `last`.
  private static long maskOf(long index, long first, long last) {
    long mask = -1L;
    if (index == first >>> 6) {
      mask &= -1L << first;
    }
    if (index == last >>> 6) {
      mask &= -1L >>> (63 - (last & 63));
    }
    return mask;
  }

  // ---- pages on disk

  public int pageCount() {
    return changed.length;
  }

  /// The page that holds the bit for byte `offset`.
  public int pageOf(long offset) {
    return pageOfBlock(offset / BLOCK_BYTES);
  }

  /// Whether a bit is set here that the stable copy of `page` may lack.
  public boolean pageUnstable(int page) {
    return stable[page] < changedBySet[page];
  }

  /// Whether the stable copy of `page` may differ from the memory in any bit.
  public boolean pageDiffers(int page) {
    return stable[page] < changed[page];
  }

  /// Writes `page` at the position of `out`, which moves by [#PAGE_BYTES].
  ///
  /// @return the token for [#pageWritten]; bits that change from now on are not covered by it
  public long encodePage(int page, ByteBuffer out) {
    Check.that(page >= 0 && page < changed.length, "page", page, changed.length);
    BitmapPage.encode(word -> word(page, word), page, changed[page], out);
    return changed[page];
  }

  /// A page write is stable on disk. At most one write of a page may be under way: the disk could
  /// store two in the other order.
  ///
  /// @param versionToken what [#encodePage] returned for it
  public void pageWritten(int page, long versionToken) {
    Check.that(versionToken <= changed[page], "token", versionToken, changed[page]);
    stable[page] = Math.max(stable[page], versionToken);
  }

  /// Takes over `page` as read from disk, from the position of `in`, which stays. To be called on a
  /// new bitmap, before any other change.
  ///
  /// @return false if the page is unreadable; then all its bits are set
  public boolean decodePage(int page, ByteBuffer in) {
    Check.that(page >= 0 && page < changed.length, "page", page, changed.length);
    Check.that(setInPage[page] == 0, "a page is read once", page, setInPage[page]);
    int last = blocksIn(page) - 1;
    int words = (last >>> 6) + 1;
    long sequence = BitmapPage.decodableSequence(in, page, words, maskOf(words - 1, 0, last));
    if (sequence < 0) {
      setAll(page);
      return false;
    }
    changed[page] = Math.max(changed[page] + 1, sequence);
    changedBySet[page] = changed[page];
    stable[page] = changed[page];
    takeOver(page, in, words);
    return true;
  }

  /// What finds no memory here counts as one that was changed: it is set as a whole.
  private void takeOver(int page, ByteBuffer in, int words) {
    int bits = 0;
    for (int word = 0; word < words; word++) {
      bits += Long.bitCount(BitmapPage.word(in, word));
    }
    if (bits > 0 && bits < blocksIn(page)) {
      if (mixed.count() >= mixedPagesMax) {
        setAll(page);
        return;
      }
      int place = placeOf(page);
      for (int word = 0; word < words; word++) {
        mixed.put(place, word, BitmapPage.word(in, word));
      }
    }
    tally(page, bits);
  }

  // ---- words on the wire

  /// How many words the whole bitmap has.
  public long wordCount() {
    return (blockCount + Long.SIZE - 1) / Long.SIZE;
  }

  /// The first word at or after `fromWord` that is not zero; -1 if there is none.
  public long nextNonZeroWord(long fromWord) {
    long next = nextSetBlock(fromWord * Long.SIZE);
    return next < 0 ? -1 : next >>> 6;
  }

  /// Writes words from `fromWord` on into `out`, as many as fit, ending early before a run of zero
  /// words. To send a bitmap:
  ///
  /// ```
  /// for (long word = nextNonZeroWord(0); word >= 0; word = nextNonZeroWord(word + count)) {
  ///   count = exportWords(word, out);
  /// }
  /// ```
  ///
  /// @return how many words were written
  public int exportWords(long fromWord, ByteBuffer out) {
    long end = Math.min(wordCount(), fromWord + out.remaining() / Long.BYTES);
    int zeroes = 0;
    long index = fromWord;
    while (index < end && zeroes < ZERO_RUN_WORDS) {
      zeroes = word(index) == 0 ? zeroes + 1 : 0;
      index++;
    }
    long written = index - zeroes;
    for (long word = fromWord; word < written; word++) {
      out.putLong(word(word));
    }
    return (int) (written - fromWord);
  }

  /// Adds the peer's set bits to this bitmap.
  ///
  /// @return false, and nothing changed, if the words do not fit: the peer's bitmap is of another
  ///     size or its frame is wrong
  public boolean importUnion(long fromWord, ByteBuffer in) {
    int count = in.remaining() / Long.BYTES;
    long words = wordCount();
    if (in.remaining() % Long.BYTES != 0 || fromWord < 0 || fromWord > words - count) {
      return false;
    }
    long lastMask = maskOf(words - 1, 0, blockCount - 1);
    if (count > 0 && fromWord + count == words) {
      long last = in.getLong(in.position() + (count - 1) * Long.BYTES);
      if ((last & ~lastMask) != 0) {
        return false;
      }
    }
    for (long index = fromWord; index < fromWord + count; index++) {
      or((int) (index / PAGE_WORDS), (int) (index % PAGE_WORDS), in.getLong());
    }
    return true;
  }

  private void checkRange(long offset, long length) {
    Check.that(offset >= 0 && length > 0 && offset <= sizeBytes - length, "range", offset, length);
  }
}
