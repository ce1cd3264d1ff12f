package io.lockstep.block.record;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The bytes of a [RecordStore], big endian, and nothing but the bytes.
///
/// The region is four areas of equal size: areas 0 and 1 are the two copies of log 0, areas 2 and 3
/// those of log 1. An area is a header block, then batches one after another:
///
/// ```
/// header (one block; zero to its end)        batch (whole blocks; zero to its end)
///    0  magic "LSRH"           u32              0  magic "LSRB"              u32
///    4  version 1              u16              4  version 1                 u16
///    6  area, 0 to 3           u16              6  reserved                  u16, zero
///    8  generation of the log  u64              8  generation of the log     u64
///   16  bytes of an area       u32             16  number of the batch       u64, from 0
///   20  CRC32C of bytes 0..19  u32             24  number of changes         u32
///                                              28  bytes of the changes      u32
///                                              32  reserved                  u32, zero
/// change                                       36  CRC32C of 0..35, changes  u32
///    0  0 put, 1 delete        u8              40  changes
///    1  bytes of the type      u8
///    2  bytes of the name      u8
///    3  reserved               u8, zero
///    4  bytes of the value     u32
///    8  type, name, value
/// ```
final class RecordFormat {
  /// Header and batches begin at multiples of this; enough for every disk.
  static final int BLOCK_BYTES = 4096;

  static final int AREAS = 4;
  static final int COPIES = 2;

  private static final int VERSION = 1;
  private static final int HEADER_MAGIC = 0x4C_53_52_48;
  private static final int HEADER_BYTES = 24;
  private static final int AT_HEADER_CRC = 20;

  private static final int BATCH_MAGIC = 0x4C_53_52_42;
  private static final int BATCH_BYTES = 40;
  private static final int AT_BATCH_CRC = 36;
  private static final int CHANGE_BYTES = 8;
  private static final int PUT = 0;
  private static final int DELETE = 1;

  private RecordFormat() {}

  /// What a header block holds.
  sealed interface Header {
    /// Nothing was ever written here.
    record Blank() implements Header {}

    record Valid(long generation) implements Header {}

    /// Of a release that knows more than this one.
    record Newer(int version) implements Header {}

    record Damaged() implements Header {}
  }

  /// A batch as it was found.
  record Batch(long number, List<RecordChange> changes, int bytes) {}

  // --- header ---

  static void encodeHeader(ByteBuffer block, int area, long generation, int areaBytes) {
    block.putInt(0, HEADER_MAGIC);
    block.putShort(4, (short) VERSION);
    block.putShort(6, (short) area);
    block.putLong(8, generation);
    block.putInt(16, areaBytes);
    block.putInt(AT_HEADER_CRC, crc(block, 0, AT_HEADER_CRC, 0, 0));
    block.put(HEADER_BYTES, new byte[BLOCK_BYTES - HEADER_BYTES]);
  }

  static Header decodeHeader(ByteBuffer block, int area, int areaBytes) {
    if (isZero(block, 0, BLOCK_BYTES)) {
      return new Header.Blank();
    }
    boolean whole =
        block.getInt(0) == HEADER_MAGIC
            && block.getInt(AT_HEADER_CRC) == crc(block, 0, AT_HEADER_CRC, 0, 0);
    int version = Short.toUnsignedInt(block.getShort(4));
    if (whole && version > VERSION) {
      return new Header.Newer(version);
    }
    boolean ours =
        whole
            && version == VERSION
            && block.getShort(6) == area
            && block.getLong(8) > 0
            && block.getInt(16) == areaBytes
            && isZero(block, HEADER_BYTES, BLOCK_BYTES);
    return ours ? new Header.Valid(block.getLong(8)) : new Header.Damaged();
  }

  // --- batches ---

  /// The bytes that a batch of these changes takes, in whole blocks.
  static long batchBytes(long changeBytes) {
    long bytes = BATCH_BYTES + changeBytes;
    return (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
  }

  static long changeBytes(RecordChange change) {
    RecordKey key = change.key();
    long head = (long) CHANGE_BYTES + key.type().length() + key.name().length();
    return switch (change) {
      case RecordChange.Put(_, byte[] value) -> head + value.length;
      case RecordChange.Delete(_) -> head;
    };
  }

  /// Writes a batch into `out` from 0 to its limit, which is what [#batchBytes] says.
  static void encodeBatch(
      ByteBuffer out, long generation, long number, Collection<RecordChange> changes) {
    int limit = out.limit();
    out.position(BATCH_BYTES);
    changes.forEach(change -> encodeChange(out, change));
    int end = out.position();
    Check.that(limit == batchBytes(end - BATCH_BYTES), "room for the batch", limit, end);
    out.put(new byte[limit - end]).position(0);
    out.putInt(0, BATCH_MAGIC);
    out.putShort(4, (short) VERSION);
    out.putShort(6, (short) 0);
    out.putLong(8, generation);
    out.putLong(16, number);
    out.putInt(24, changes.size());
    out.putInt(28, end - BATCH_BYTES);
    out.putInt(32, 0);
    out.putInt(AT_BATCH_CRC, crc(out, 0, AT_BATCH_CRC, BATCH_BYTES, end));
  }

  private static void encodeChange(ByteBuffer out, RecordChange change) {
    byte[] type = change.key().type().getBytes(US_ASCII);
    byte[] name = change.key().name().getBytes(US_ASCII);
    byte[] value =
        switch (change) {
          case RecordChange.Put(_, byte[] bytes) -> bytes;
          case RecordChange.Delete(_) -> new byte[0];
        };
    out.put((byte) (change instanceof RecordChange.Put ? PUT : DELETE));
    out.put((byte) type.length).put((byte) name.length).put((byte) 0);
    out.putInt(value.length).put(type).put(name).put(value);
  }

  /// The batch that begins at `position` of an area, if there is a whole one of this generation.
  static @Nullable Batch decodeBatch(ByteBuffer area, int position, long generation) {
    if (area.getInt(position) != BATCH_MAGIC || area.getLong(position + 8) != generation) {
      return null;
    }
    int changeBytes = area.getInt(position + 28);
    int room = area.capacity() - position - BATCH_BYTES;
    if (changeBytes < 0 || changeBytes > room) {
      return null;
    }
    int from = position + BATCH_BYTES;
    int end = from + changeBytes;
    int crc = crc(area, position, position + AT_BATCH_CRC, from, end);
    int padded = position + (int) batchBytes(changeBytes);
    if (crc != area.getInt(position + AT_BATCH_CRC)
        || area.getShort(position + 4) != VERSION
        || padded > area.capacity()
        || !isZero(area, end, padded)) {
      return null;
    }
    List<RecordChange> changes = decodeChanges(area, from, end, area.getInt(position + 24));
    return changes == null
        ? null
        : new Batch(area.getLong(position + 16), changes, padded - position);
  }

  private static @Nullable List<RecordChange> decodeChanges(
      ByteBuffer area, int from, int end, int count) {
    var changes = new ArrayList<RecordChange>();
    int at = from;
    while (at < end) {
      if (end - at < CHANGE_BYTES) {
        return null;
      }
      int kind = area.get(at);
      int typeBytes = Byte.toUnsignedInt(area.get(at + 1));
      int nameBytes = Byte.toUnsignedInt(area.get(at + 2));
      int valueBytes = area.getInt(at + 4);
      at += CHANGE_BYTES;
      if (valueBytes < 0 || typeBytes + nameBytes > end - at - (long) valueBytes) {
        return null;
      }
      String type = text(area, at, typeBytes);
      String name = text(area, at + typeBytes, nameBytes);
      at += typeBytes + nameBytes;
      if (!RecordKey.isName(type) || !RecordKey.isName(name)) {
        return null;
      }
      var key = new RecordKey(type, name);
      changes.add(
          kind == PUT
              ? new RecordChange.Put(key, bytes(area, at, valueBytes))
              : new RecordChange.Delete(key));
      at += valueBytes;
    }
    return changes.size() == count ? changes : null;
  }

  // --- bytes ---

  private static String text(ByteBuffer area, int from, int length) {
    return new String(bytes(area, from, length), US_ASCII);
  }

  private static byte[] bytes(ByteBuffer area, int from, int length) {
    var bytes = new byte[length];
    area.get(from, bytes);
    return bytes;
  }

  static boolean isZero(ByteBuffer bytes, int from, int end) {
    for (int at = from; at < end; at++) {
      if (bytes.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  /// CRC32C of two runs of bytes.
  private static int crc(ByteBuffer bytes, int from, int end, int secondFrom, int secondEnd) {
    var crc = new CRC32C();
    crc.update(bytes.slice(from, end - from));
    crc.update(bytes.slice(secondFrom, secondEnd - secondFrom));
    return (int) crc.getValue();
  }
}
