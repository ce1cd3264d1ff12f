package io.lockstep.volume.embedded;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The first sector of a metadata area (`mda_header`): it names the text in the ring behind it that
/// is in force. Writing this one sector *is* the commit. Little-endian, 512 bytes:
///
/// ```
///   0  checksum u32 (of bytes 4 to 511)            4  magic, 16 bytes
///  20  version u32 (1)    24  start of the area u64, in bytes of the disk    32  its size u64
///  40  committed text {offset u64 from the start, size u64, checksum u32, flags u32}
///  64  precommitted text, the same; then {0, 0, 0, 0}
/// ```
///
/// The ring is the area from byte 512 on. A text may run over its end and go on at byte 512.
///
/// @param start where the area lies on the disk
/// @param size size of the area, header included
/// @param committed the text in force; empty in a PV that belongs to no group
record MetadataHeader(long start, long size, Optional<TextLocation> committed) {
  static final int BYTES = 512;

  /// Areas larger than this are refused; LVM's default is just below 1 MiB.
  static final long SIZE_MAX = 1L << 30;

  private static final byte[] MAGIC = " LVM2 x[5A%r0N*>".getBytes(StandardCharsets.US_ASCII);
  private static final int CHECKSUM_BYTES = 4;
  private static final int MAGIC_OFFSET = 4;
  private static final int VERSION_OFFSET = 20;
  private static final int START_OFFSET = 24;
  private static final int SIZE_OFFSET = 32;
  private static final int COMMITTED_OFFSET = 40;
  private static final int VERSION = 1;

  /// Where a text lies (`raw_locn`).
  ///
  /// @param offset from the start of the area
  /// @param size bytes, the closing zero included
  /// @param checksum [LvmCrc] of them
  /// @param flags bit 0: the area is not in use (`vgchange --metadatacopies`)
  record TextLocation(long offset, long size, int checksum, int flags) {
    private static final int FLAG_IGNORED = 1;

    boolean isIgnored() {
      return (flags & FLAG_IGNORED) != 0;
    }
  }

  byte[] encode() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC_OFFSET, MAGIC).putInt(VERSION_OFFSET, VERSION);
    bytes.putLong(START_OFFSET, start).putLong(SIZE_OFFSET, size);
    committed.ifPresent(
        text ->
            bytes
                .position(COMMITTED_OFFSET)
                .putLong(text.offset)
                .putLong(text.size)
                .putInt(text.checksum)
                .putInt(text.flags));
    bytes.putInt(0, LvmCrc.of(bytes.array(), CHECKSUM_BYTES, BYTES - CHECKSUM_BYTES));
    return bytes.array();
  }

  /// Whether the sector has the magic of a metadata header; then it must decode.
  static boolean isHeader(byte[] bytes) {
    return Arrays.equals(bytes, MAGIC_OFFSET, MAGIC_OFFSET + 16, MAGIC, 0, 16);
  }

  /// @param start where the sector was read
  static MetadataHeader decode(long start, byte[] bytes) throws DamagedException {
    Check.that(bytes.length == BYTES, "one sector", bytes.length, BYTES);
    String where = "LVM metadata header at byte " + start;
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int computed = LvmCrc.of(bytes, CHECKSUM_BYTES, BYTES - CHECKSUM_BYTES);
    if (in.getInt(0) != computed) {
      throw DamagedException.checksum(where, in.getInt(0), computed);
    }
    if (!isHeader(bytes)) {
      throw new DamagedException(where, "its magic is wrong");
    }
    if (in.getInt(VERSION_OFFSET) != VERSION) {
      throw new DamagedException(
          where, "its version is " + Integer.toUnsignedString(in.getInt(VERSION_OFFSET)));
    }
    if (in.getLong(START_OFFSET) != start) {
      throw new DamagedException(where, "it says that it lies at " + in.getLong(START_OFFSET));
    }
    long size = in.getLong(SIZE_OFFSET);
    if (size < 2 * BYTES || size > SIZE_MAX) {
      throw new DamagedException(where, "the area's size is " + size);
    }
    return new MetadataHeader(start, size, committed(in, size, where));
  }

  private static Optional<TextLocation> committed(ByteBuffer in, long size, String where)
      throws DamagedException {
    in.position(COMMITTED_OFFSET);
    TextLocation text = new TextLocation(in.getLong(), in.getLong(), in.getInt(), in.getInt());
    if (text.offset == 0) {
      return Optional.empty();
    }
    boolean inside =
        text.offset >= BYTES && text.offset < size && text.size > 0 && text.size <= size - BYTES;
    if (!inside && !text.isIgnored()) {
      throw new DamagedException(
          where, "it names a text of %d bytes at %d".formatted(text.size, text.offset));
    }
    return Optional.of(text);
  }
}
