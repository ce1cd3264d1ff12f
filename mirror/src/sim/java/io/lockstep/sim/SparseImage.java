package io.lockstep.sim;

import io.lockstep.block.Check;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The bytes of a simulated disk in pages of 4 KiB. A page of zeroes is one that all images share,
/// and so is a page that was copied: an image makes a page its own when it writes to it. So a copy
/// costs a list of references, and two images are compared by what they do not share.
@SuppressWarnings("ReferenceEquality")
final class SparseImage {
  static final int PAGE_BYTES = 4096;

  private static final int PAGE_SHIFT = 12;
  private static final byte[] ZEROES = new byte[PAGE_BYTES];

  /// Many pages of zeroes, to be read at once.
  private static final byte[] EMPTINESS = new byte[4 * PAGE_BYTES];
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final long sizeBytes;
  private final byte[][] pages;

  /// Whether nobody else has the page.
  private final boolean[] owned;

  /// All zeroes.
  SparseImage(long sizeBytes) {
    this.sizeBytes = sizeBytes;
    pages = new byte[Math.toIntExact((sizeBytes + PAGE_BYTES - 1) / PAGE_BYTES)][];
    owned = new boolean[pages.length];
    Arrays.fill(pages, ZEROES);
  }

  private SparseImage(SparseImage other) {
    sizeBytes = other.sizeBytes;
    pages = other.pages.clone();
    owned = new boolean[pages.length];
  }

  /// An image with the same bytes; each goes its own way from here.
  SparseImage copy() {
    Arrays.fill(owned, false);
    return new SparseImage(this);
  }

  long sizeBytes() {
    return sizeBytes;
  }

  int pageCount() {
    return pages.length;
  }

  /// Whether something was ever written to the page.
  boolean isTouched(int page) {
    return pages[page] != ZEROES;
  }

  byte at(long offset) {
    return pages[pageOf(offset)][within(offset)];
  }

  /// Eight bytes within one page.
  long longAt(long offset) {
    return (long) LONGS.get(pages[pageOf(offset)], within(offset));
  }

  /// Fills `target` from position to limit and leaves both alone.
  void read(long offset, ByteBuffer target) {
    int length = target.remaining();
    int done = 0;
    while (done < length) {
      int within = within(offset + done);
      int page = pageOf(offset + done);
      int count = isTouched(page) ? PAGE_BYTES - within : emptyBytes(offset + done);
      count = Math.min(count, length - done);
      byte[] source = isTouched(page) ? pages[page] : EMPTINESS;
      target.put(target.position() + done, source, isTouched(page) ? within : 0, count);
      done += count;
    }
  }

  /// How many bytes from `offset` on, up to the end of a page and a limit, nobody has written to.
  private int emptyBytes(long offset) {
    int first = pageOf(offset);
    int end = first;
    while (end < pages.length && end - first < EMPTINESS.length / PAGE_BYTES && !isTouched(end)) {
      end++;
    }
    return (end - first) * PAGE_BYTES - within(offset);
  }

  /// A copy of a range.
  byte[] bytes(long offset, int length) {
    var copy = new byte[length];
    read(offset, ByteBuffer.wrap(copy));
    return copy;
  }

  /// Writes `length` bytes of `source`, from `from` within it.
  void write(long offset, byte[] source, int from, int length) {
    checkRange(offset, length);
    int done = 0;
    while (done < length) {
      int within = within(offset + done);
      int now = Math.min(PAGE_BYTES - within, length - done);
      System.arraycopy(source, from + done, own(pageOf(offset + done)), within, now);
      done += now;
    }
  }

  /// A page with the bytes of `source` from `at` on, for [#adopt]: the shared one if they are zero.
  static byte[] page(ByteBuffer source, int at) {
    if (source.slice(at, PAGE_BYTES).mismatch(ByteBuffer.wrap(ZEROES)) < 0) {
      return ZEROES;
    }
    var bytes = new byte[PAGE_BYTES];
    source.get(at, bytes);
    return bytes;
  }

  /// Takes `bytes` for a page; nobody changes them any more.
  void adopt(int page, byte[] bytes) {
    Check.that(bytes.length == PAGE_BYTES, "a whole page", bytes.length, page);
    Check.that((page + 1L) * PAGE_BYTES <= sizeBytes, "inside the disk", page, sizeBytes);
    pages[page] = bytes;
    owned[page] = false;
  }

  void writeZeroes(long offset, long length) {
    checkRange(offset, length);
    long done = 0;
    while (done < length) {
      int within = within(offset + done);
      int now = (int) Math.min(PAGE_BYTES - within, length - done);
      int page = pageOf(offset + done);
      if (now == PAGE_BYTES) {
        pages[page] = ZEROES;
        owned[page] = false;
      } else if (isTouched(page)) {
        Arrays.fill(own(page), within, within + now, (byte) 0);
      }
      done += now;
    }
  }

  /// Takes over the bytes of `other`, an image of the same size.
  void become(SparseImage other) {
    for (int page = 0; page < pages.length; page++) {
      if (pages[page] != other.pages[page]) {
        become(page, other);
      }
    }
  }

  /// Takes over one page of `other`.
  void become(int page, SparseImage other) {
    pages[page] = other.pages[page];
    owned[page] = false;
    other.owned[page] = false;
  }

  /// Where the two first differ within the range; -1 if nowhere. The images may differ in size.
  long firstDifference(SparseImage other, long offset, long length) {
    long at = offset;
    while (at < offset + length) {
      int page = pageOf(at);
      long end = Math.min((page + 1L) << PAGE_SHIFT, offset + length);
      if (pages[page] != other.pages[page]) {
        int from = within(at);
        int to = from + (int) (end - at);
        int differs = Arrays.mismatch(pages[page], from, to, other.pages[page], from, to);
        if (differs >= 0) {
          return at + differs;
        }
      }
      at = end;
    }
    return -1;
  }

  private byte[] own(int page) {
    if (!owned[page]) {
      pages[page] = pages[page].clone();
      owned[page] = true;
    }
    return pages[page];
  }

  private void checkRange(long offset, long length) {
    Check.that(offset >= 0 && offset + length <= sizeBytes, "inside the disk", offset, length);
  }

  private static int pageOf(long offset) {
    return (int) (offset >>> PAGE_SHIFT);
  }

  private static int within(long offset) {
    return (int) offset & (PAGE_BYTES - 1);
  }
}
