package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.function.IntToLongFunction;
import java.util.zip.CRC32C;

/// One 4 KiB page of the quick-sync bitmap on disk, big endian:
///
/// ```
///    0  magic "LSBITMAP"                      8 bytes
///    8  page number                           u32
///   12  reserved                              u32
///   16  sequence, grows with each write       u64
///   24  reserved                              u32
///   28  CRC32C of the page without this field u32
///   32  508 words, bit b of the page is bit (b & 63) of word b >> 6   508 x u64
/// ```
///
/// Words beyond the end of the space are zero. A page of zeroes is not a page: it was lost.
final class BitmapPage {
  static final int HEADER_BYTES = 32;

  private static final long MAGIC = 0x4C53_4249_544D_4150L;
  private static final int AT_PAGE = 8;
  private static final int AT_RESERVED = 12;
  private static final int AT_SEQUENCE = 16;
  private static final int AT_RESERVED_TOO = 24;
  private static final int AT_CRC = 28;
  private static final long UNREADABLE = -1;

  private BitmapPage() {}

  /// Writes page `page` at the position of `out`, which moves by a page.
  ///
  /// @param words its words, by their index in it
  static void encode(IntToLongFunction words, int page, long sequence, ByteBuffer out) {
    Check.that(out.remaining() >= Bitmap.PAGE_BYTES, "room for a page", out.remaining(), 0);
    ByteBuffer block = out.slice(out.position(), Bitmap.PAGE_BYTES);
    block.putLong(0, MAGIC);
    block.putInt(AT_PAGE, page);
    block.putInt(AT_RESERVED, 0);
    block.putLong(AT_SEQUENCE, sequence);
    block.putInt(AT_RESERVED_TOO, 0);
    for (int index = 0; index < Bitmap.PAGE_WORDS; index++) {
      block.putLong(HEADER_BYTES + index * Long.BYTES, words.applyAsLong(index));
    }
    block.putInt(AT_CRC, crc(block));
    out.position(out.position() + Bitmap.PAGE_BYTES);
  }

  /// The sequence of an intact page, negative if it is not one.
  ///
  /// @param wordCount how many of its words belong to the space
  /// @param lastMask which bits of the last of those words belong to the space
  static long decodableSequence(ByteBuffer in, int page, int wordCount, long lastMask) {
    Check.that(in.remaining() >= Bitmap.PAGE_BYTES, "a whole page", in.remaining(), 0);
    ByteBuffer block = in.slice(in.position(), Bitmap.PAGE_BYTES);
    boolean good =
        block.getLong(0) == MAGIC
            && block.getInt(AT_PAGE) == page
            && block.getInt(AT_RESERVED) == 0
            && block.getLong(AT_SEQUENCE) >= 0
            && block.getInt(AT_RESERVED_TOO) == 0
            && block.getInt(AT_CRC) == crc(block);
    return good && nothingBeyond(block, wordCount, lastMask)
        ? block.getLong(AT_SEQUENCE)
        : UNREADABLE;
  }

  private static boolean nothingBeyond(ByteBuffer block, int wordCount, long lastMask) {
    if ((word(block, wordCount - 1) & ~lastMask) != 0) {
      return false;
    }
    for (int index = wordCount; index < Bitmap.PAGE_WORDS; index++) {
      if (word(block, index) != 0) {
        return false;
      }
    }
    return true;
  }

  /// Word `index` of the page at the position of `block`.
  static long word(ByteBuffer block, int index) {
    return block.getLong(block.position() + HEADER_BYTES + index * Long.BYTES);
  }

  private static int crc(ByteBuffer block) {
    var crc = new CRC32C();
    crc.update(block.slice(0, AT_CRC));
    crc.update(block.slice(HEADER_BYTES, Bitmap.PAGE_BYTES - HEADER_BYTES));
    return (int) crc.getValue();
  }
}
