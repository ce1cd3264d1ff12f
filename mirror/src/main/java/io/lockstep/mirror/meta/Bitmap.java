package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The quick-sync bitmap: one bit for each 4 KiB block that is out of sync between the two disks.
/// In memory one long for 64 blocks (block `b` is bit `b & 63` of word `b >> 6`); on disk pages of
/// 4 KiB, see [BitmapPage].
///
/// Invariants: a bit is set for a block that is touched even in part, and cleared only for one that
/// is covered whole. A page counts as unstable from the moment a bit is set in it until a page
/// write *encoded after that* has become stable. A page that cannot be read has all bits set.
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

  /// [#exportWords] ends a run where at least this many zero words follow: cheaper as a new chunk.
  private static final int ZERO_RUN_WORDS = 16;

  private static final long NEVER_WRITTEN = -1;

  private final long sizeBytes;
  private final long blockCount;
  private final long[] words;
  private long setCount;

  /// Per page: a number that grows with each change, its value at the last bit that was set, and
  /// the number that the stable copy on disk was encoded at.
  private final long[] changed;

  private final long[] changedBySet;
  private final long[] stable;

  /// All blocks in sync, and no page on disk yet.
  ///
  /// @param sizeBytes size of the replicated space
  public Bitmap(long sizeBytes) {
    Check.that(sizeBytes > 0 && sizeBytes <= DiskLayout.REPLICATED_BYTES_MAX, "size", sizeBytes, 0);
    this.sizeBytes = sizeBytes;
    blockCount = blocksFor(sizeBytes);
    words = new long[Math.toIntExact((blockCount + Long.SIZE - 1) / Long.SIZE)];
    int pages = pageCountFor(sizeBytes);
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

  public boolean isSet(long block) {
    Check.that(block >= 0 && block < blockCount, "block", block, blockCount);
    return (words[(int) (block >>> 6)] & 1L << block) != 0;
  }

  /// Whether any block that the bytes touch is out of sync.
  public boolean anySet(long offset, long length) {
    checkRange(offset, length);
    long next = nextSetBlock(offset / BLOCK_BYTES);
    return next >= 0 && next <= (offset + length - 1) / BLOCK_BYTES;
  }

  /// Sets the bit of every block that the bytes touch.
  public void markDirty(long offset, long length) {
    checkRange(offset, length);
    long first = offset / BLOCK_BYTES;
    long last = (offset + length - 1) / BLOCK_BYTES;
    for (long word = first >>> 6; word <= last >>> 6; word++) {
      or(word, maskOf(word, first, last));
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
    for (long word = first >>> 6; word <= last >>> 6; word++) {
      clear(word, maskOf(word, first, last));
    }
  }

  /// Sets every bit.
  public void markAll() {
    markDirty(0, sizeBytes);
  }

  /// The first set block at or after `from`; -1 if there is none.
  public long nextSetBlock(long from) {
    if (from >= blockCount) {
      return -1;
    }
    int index = (int) (from >>> 6);
    long word = words[index] & -1L << from;
    while (word == 0) {
      if (++index == words.length) {
        return -1;
      }
      word = words[index];
    }
    return ((long) index << 6) + Long.numberOfTrailingZeros(word);
  }

  /// How many blocks in a row are set from `fromBlock` on, at most `blocksMax`.
  public int runLength(long fromBlock, int blocksMax) {
    long end = Math.min(blockCount, fromBlock + blocksMax);
    long block = fromBlock;
    while (block < end) {
      long clear = ~words[(int) (block >>> 6)] & -1L << block;
      if (clear != 0) {
        block = (block & ~63L) + Long.numberOfTrailingZeros(clear);
        break;
      }
      block = (block | 63) + 1;
    }
    return (int) (Math.min(block, end) - fromBlock);
  }

  private void or(long index, long mask) {
    long before = words[(int) index];
    long missing = mask & ~before;
    if (missing != 0) {
      words[(int) index] = before | missing;
      setCount += Long.bitCount(missing);
      int page = (int) (index / PAGE_WORDS);
      changed[page]++;
      changedBySet[page] = changed[page];
    }
  }

  private void clear(long index, long mask) {
    long before = words[(int) index];
    long surplus = mask & before;
    if (surplus != 0) {
      words[(int) index] = before & ~surplus;
      setCount -= Long.bitCount(surplus);
      changed[(int) (index / PAGE_WORDS)]++;
    }
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
    return (int) (offset / BLOCK_BYTES / PAGE_BLOCKS);
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
    BitmapPage.encode(words, page, changed[page], out);
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
    int firstWord = page * PAGE_WORDS;
    int endWord = Math.min(words.length, firstWord + PAGE_WORDS);
    long lastMask = maskOf(endWord - 1L, 0, blockCount - 1);
    long sequence = BitmapPage.decodableSequence(in, page, endWord - firstWord, lastMask);
    if (sequence < 0) {
      for (int index = firstWord; index < endWord; index++) {
        or(index, index == endWord - 1 ? lastMask : -1L);
      }
      return false;
    }
    for (int index = firstWord; index < endWord; index++) {
      long read = BitmapPage.word(in, index - firstWord);
      setCount += Long.bitCount(read) - Long.bitCount(words[index]);
      words[index] = read;
    }
    changed[page] = Math.max(changed[page] + 1, sequence);
    changedBySet[page] = changed[page];
    stable[page] = changed[page];
    return true;
  }

  // ---- words on the wire

  /// How many words the whole bitmap has.
  public long wordCount() {
    return words.length;
  }

  /// The first word at or after `fromWord` that is not zero; -1 if there is none.
  public long nextNonZeroWord(long fromWord) {
    long next = fromWord >= words.length ? -1 : nextSetBlock(fromWord * Long.SIZE);
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
    int from = Math.toIntExact(fromWord);
    int end = (int) Math.min(words.length, fromWord + out.remaining() / Long.BYTES);
    int zeroes = 0;
    int index = from;
    while (index < end && zeroes < ZERO_RUN_WORDS) {
      zeroes = words[index] == 0 ? zeroes + 1 : 0;
      index++;
    }
    int written = index - zeroes;
    for (int word = from; word < written; word++) {
      out.putLong(words[word]);
    }
    return written - from;
  }

  /// Adds the peer's set bits to this bitmap.
  ///
  /// @return false, and nothing changed, if the words do not fit: the peer's bitmap is of another
  ///     size or its frame is wrong
  public boolean importUnion(long fromWord, ByteBuffer in) {
    int count = in.remaining() / Long.BYTES;
    if (in.remaining() % Long.BYTES != 0 || fromWord < 0 || fromWord > words.length - count) {
      return false;
    }
    long lastMask = maskOf(words.length - 1L, 0, blockCount - 1);
    if (count > 0 && fromWord + count == words.length) {
      long last = in.getLong(in.position() + (count - 1) * Long.BYTES);
      if ((last & ~lastMask) != 0) {
        return false;
      }
    }
    for (int index = 0; index < count; index++) {
      or(fromWord + index, in.getLong());
    }
    return true;
  }

  private void checkRange(long offset, long length) {
    Check.that(offset >= 0 && length > 0 && offset <= sizeBytes - length, "range", offset, length);
  }
}
