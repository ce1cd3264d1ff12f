package io.lockstep.sim;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// What a disk holds: two images, `current`, what a read sees, and `stable`, what is left when the
/// power goes and the cache is lost. Between them the cache: every write that is done but not
/// stable, in the order in which they took effect.
///
/// Invariant: `stable` with all cached writes applied in order equals `current`, until a failed
/// flush or a lying disk has lost some of them. A sector of `stable` never goes back to a write
/// that took effect before the one it holds.
final class WriteCache {
  static final int SECTOR_BYTES = 512;

  private static final int PAGE_SECTORS = SparseImage.PAGE_BYTES / SECTOR_BYTES;

  /// When more writes are cached than this, the oldest half goes to the platters by itself.
  private static final int CACHED_WRITES_MAX = 8192;

  private final SparseImage current;
  private final SparseImage stable;

  /// Per page, the number of the last write that covered it whole in `stable`.
  private final long[] pageWrite;

  /// Per page and sector, the numbers of smaller writes since; null if there was none.
  private final long[] @Nullable [] sectorWrite;

  private final List<CachedWrite> cache = new ArrayList<>();

  /// Pages of which reads see something that is not there any more.
  private final TreeSet<Integer> phantoms = new TreeSet<>();

  private long lastWrite;

  /// A write in the cache.
  ///
  /// @param pieces what to write, a piece for each page that is touched; a whole page is shared
  ///     with the images and never changed. Null for zeroes
  @SuppressWarnings("ArrayRecordComponent")
  private record CachedWrite(long number, long offset, int length, byte @Nullable [][] pieces) {
    static CachedWrite of(long number, long offset, int length, @Nullable ByteBuffer source) {
      if (source == null) {
        return new CachedWrite(number, offset, length, null);
      }
      long end = offset + length;
      var pieces = new byte[pageOf(end - 1) - pageOf(offset) + 1][];
      int at = 0;
      for (int index = 0; index < pieces.length; index++) {
        long pageEnd = (pageOf(offset) + index + 1L) * SparseImage.PAGE_BYTES;
        int count = (int) (Math.min(end, pageEnd) - offset) - at;
        if (count == SparseImage.PAGE_BYTES) {
          pieces[index] = SparseImage.page(source, source.position() + at);
        } else {
          pieces[index] = new byte[count];
          source.get(source.position() + at, pieces[index]);
        }
        at += count;
      }
      return new CachedWrite(number, offset, length, pieces);
    }

    /// Writes what of it lies in the page of its byte `at`, from there on, at most `count` bytes.
    ///
    /// @return how many bytes that was
    int copyTo(SparseImage image, int at, int count) {
      long from = offset + at;
      int page = pageOf(from);
      long pageEnd = (page + 1L) * SparseImage.PAGE_BYTES;
      int bytes = (int) Math.min(count, pageEnd - from);
      if (pieces == null) {
        image.writeZeroes(from, bytes);
        return bytes;
      }
      byte[] piece = pieces[page - pageOf(offset)];
      if (bytes == SparseImage.PAGE_BYTES) {
        image.adopt(page, piece);
      } else {
        long pieceStart = Math.max(offset, pageEnd - SparseImage.PAGE_BYTES);
        image.write(from, piece, (int) (from - pieceStart), bytes);
      }
      return bytes;
    }

    void copyAllTo(SparseImage image) {
      for (int at = 0; at < length; ) {
        at += copyTo(image, at, length - at);
      }
    }

    /// A part of it, within one page.
    CachedWrite part(int at, int count) {
      if (pieces == null) {
        return new CachedWrite(number, offset + at, count, null);
      }
      int page = pageOf(offset + at);
      long pieceStart = Math.max(offset, (long) page * SparseImage.PAGE_BYTES);
      int from = (int) (offset + at - pieceStart);
      byte[] piece = pieces[page - pageOf(offset)];
      return new CachedWrite(
          number, offset + at, count, new byte[][] {Arrays.copyOfRange(piece, from, from + count)});
    }
  }

  /// Nothing is cached.
  ///
  /// @param image what is on the platters
  WriteCache(SparseImage image) {
    current = image;
    stable = image.copy();
    pageWrite = new long[image.pageCount()];
    sectorWrite = new long[image.pageCount()][];
  }

  SparseImage current() {
    return current;
  }

  SparseImage stable() {
    return stable;
  }

  /// Writes that a power cut could take.
  int size() {
    return cache.size();
  }

  /// The number of the last write that took effect.
  long lastWrite() {
    return lastWrite;
  }

  /// A write takes effect.
  ///
  /// @param source what to write, from its position; null for zeroes
  /// @param through whether it is stable at once
  void write(long offset, int length, @Nullable ByteBuffer source, boolean through) {
    var write = CachedWrite.of(++lastWrite, offset, length, source);
    write.copyAllTo(current);
    if (through) {
      makeStable(write, 0, length);
    } else {
      cache.add(write);
    }
  }

  /// The oldest writes find their way to the platters when there are too many.
  void destage() {
    if (cache.size() > CACHED_WRITES_MAX) {
      List<CachedWrite> oldest = cache.subList(0, CACHED_WRITES_MAX / 2);
      oldest.forEach(write -> makeStable(write, 0, write.length()));
      oldest.clear();
    }
  }

  /// A write that nobody was told the end of: each sector was written or not.
  void writeInterrupted(
      long offset, int length, @Nullable ByteBuffer source, SplittableRandom random) {
    var write = CachedWrite.of(++lastWrite, offset, length, source);
    int kind = random.nextInt(4);
    for (int at = 0; at < length; at += SECTOR_BYTES) {
      boolean written = kind == 0 || (kind > 1 && random.nextBoolean());
      if (written) {
        CachedWrite part = write.part(at, Math.min(SECTOR_BYTES, length - at));
        part.copyAllTo(current);
        cache.add(part);
      }
    }
  }

  /// Makes every write up to number `upTo` stable.
  void flush(long upTo) {
    int kept = 0;
    for (int index = 0; index < cache.size(); index++) {
      CachedWrite write = cache.get(index);
      if (write.number() <= upTo) {
        makeStable(write, 0, write.length());
      } else {
        cache.set(kept++, write);
      }
    }
    cache.subList(kept, cache.size()).clear();
  }

  /// A flush failed: each write it stood for is stable, still in the cache, or gone for good.
  ///
  /// @param seen whether reads still see what is gone, until [#forget]
  /// @return how many writes are gone
  int flushFailed(long upTo, boolean seen, SplittableRandom random) {
    List<CachedWrite> all = List.copyOf(cache);
    cache.clear();
    int lost = 0;
    for (CachedWrite write : all) {
      int fate = write.number() <= upTo ? random.nextInt(3) : 0;
      switch (fate) {
        case 0 -> cache.add(write);
        case 1 -> makeStable(write, 0, write.length());
        default -> {
          lose(write);
          lost++;
        }
      }
    }
    if (!seen) {
      forget();
    }
    return lost;
  }

  private void lose(CachedWrite write) {
    long last = write.offset() + write.length() - 1;
    for (int page = pageOf(write.offset()); page <= pageOf(last); page++) {
      phantoms.add(page);
    }
  }

  /// Reads see from now on what is there, not what a failed flush has lost.
  void forget() {
    for (int page : phantoms) {
      current.become(page, stable);
      long start = (long) page * SparseImage.PAGE_BYTES;
      for (CachedWrite write : cache) {
        long from = Math.max(start, write.offset());
        long to = Math.min(start + SparseImage.PAGE_BYTES, write.offset() + write.length());
        for (long at = from; at < to; at += SECTOR_BYTES) {
          if (stableNumber(at) <= write.number()) {
            write.copyTo(
                current, (int) (at - write.offset()), (int) Math.min(SECTOR_BYTES, to - at));
          }
        }
      }
    }
    phantoms.clear();
  }

  /// The cache is lost, except for what happens to have reached the platters before.
  void powerCut(SplittableRandom random) {
    int survivePercent = random.nextInt(5) * 25;
    boolean tear = random.nextBoolean();
    for (CachedWrite write : cache) {
      int unit = tear ? SECTOR_BYTES : write.length();
      for (int at = 0; at < write.length(); at += unit) {
        if (random.nextInt(100) < survivePercent) {
          makeStable(write, at, Math.min(unit, write.length() - at));
        }
      }
    }
    loseCache();
  }

  /// The cache is lost, except for the writes at the indices that `survives` names.
  void powerCut(IntPredicate survives) {
    for (int index = 0; index < cache.size(); index++) {
      if (survives.test(index)) {
        CachedWrite write = cache.get(index);
        makeStable(write, 0, write.length());
      }
    }
    loseCache();
  }

  private void loseCache() {
    cache.clear();
    phantoms.clear();
    current.become(stable);
  }

  private void makeStable(CachedWrite write, int from, int length) {
    int at = from;
    while (at < from + length) {
      long offset = write.offset() + at;
      int page = pageOf(offset);
      int rest = from + length - at;
      boolean whole = offset % SparseImage.PAGE_BYTES == 0 && rest >= SparseImage.PAGE_BYTES;
      if (whole && newestIn(page) <= write.number()) {
        write.copyTo(stable, at, SparseImage.PAGE_BYTES);
        pageWrite[page] = write.number();
        sectorWrite[page] = null;
        at += SparseImage.PAGE_BYTES;
      } else {
        int count = Math.min(SECTOR_BYTES, rest);
        makeSectorStable(write, at, count);
        at += count;
      }
    }
  }

  private void makeSectorStable(CachedWrite write, int at, int count) {
    long offset = write.offset() + at;
    if (stableNumber(offset) <= write.number()) {
      write.copyTo(stable, at, count);
      int page = pageOf(offset);
      long[] numbers = sectorWrite[page];
      if (numbers == null) {
        numbers = new long[PAGE_SECTORS];
        sectorWrite[page] = numbers;
      }
      numbers[sectorOf(offset)] = write.number();
    }
  }

  private long newestIn(int page) {
    long newest = pageWrite[page];
    long[] numbers = sectorWrite[page];
    if (numbers != null) {
      for (long number : numbers) {
        newest = Math.max(newest, number);
      }
    }
    return newest;
  }

  private long stableNumber(long offset) {
    long[] numbers = sectorWrite[pageOf(offset)];
    long number = pageWrite[pageOf(offset)];
    return numbers == null ? number : Math.max(number, numbers[sectorOf(offset)]);
  }

  private static int pageOf(long offset) {
    return (int) (offset / SparseImage.PAGE_BYTES);
  }

  private static int sectorOf(long offset) {
    return (int) (offset / SECTOR_BYTES) % PAGE_SECTORS;
  }

  /// Flips a bit in both images.
  void corrupt(long offset) {
    Check.that(offset < current.sizeBytes(), "inside the disk", offset, current.sizeBytes());
    for (SparseImage image : List.of(current, stable)) {
      image.write(offset, new byte[] {(byte) (image.at(offset) ^ 0x40)}, 0, 1);
    }
  }

  /// Makes that byte zero in both images.
  void blank(long offset) {
    for (SparseImage image : List.of(current, stable)) {
      image.write(offset, new byte[1], 0, 1);
    }
  }
}
