package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Optional;
import java.util.zip.CRC32C;

/// [LostBlocks] as 4 KiB, big endian, kept twice on the disk. A change writes the copy that is not
/// in use, flush, the other, flush, both with the same next sequence; the intact copy with the
/// higher sequence counts.
///
/// The table counts only while the superblock has the feature `lost blocks`: the bit is set after
/// the first entry is stable, and cleared after the last one is gone. So a release that does not
/// know the table does not attach a disk whose zeroes it would serve as data.
///
/// ```
///    0  magic "LSLOSTBL"          8 bytes
///    8  sequence                  u64
///   16  number of entries, <= 480 u32
///   20  reserved                  u32
///   24  entries, ascending: block number in the upper 56 bits, a bit for each sector  480 x u64
/// 3864  reserved                  228 bytes
/// 4092  CRC32C of bytes 0..4091   u32
/// ```
public final class LostBlocksTable {
  /// Size of one copy.
  public static final int BYTES = 4096;

  private static final byte[] MAGIC = "LSLOSTBL".getBytes(StandardCharsets.US_ASCII);
  private static final int AT_SEQUENCE = 8;
  private static final int AT_COUNT = 16;
  private static final int AT_ENTRIES = 24;
  private static final int AT_CRC = BYTES - 4;

  private LostBlocksTable() {}

  /// An intact copy.
  public record Copy(long sequence, LostBlocks blocks) {
    /// Nothing was ever lost on a disk that was just laid out.
    public static final Copy NEW = new Copy(0, LostBlocks.NONE);
  }

  /// What the two copies say together.
  ///
  /// @param copy the one that counts
  /// @param inA whether it is copy A; then copy B is written first at the next change
  /// @param otherBad whether the other copy is not as it should be
  public record Found(Copy copy, boolean inA, boolean otherBad) {
    public static final Found NEW = new Found(Copy.NEW, false, false);
  }

  /// Writes a copy into `out` from its position, which moves by [#BYTES].
  public static void encode(Copy copy, ByteBuffer out) {
    Check.that(out.remaining() >= BYTES, "room for a table", out.remaining(), BYTES);
    ByteBuffer block = out.slice(out.position(), BYTES);
    block.put(0, new byte[BYTES]);
    block.put(0, MAGIC);
    block.putLong(AT_SEQUENCE, copy.sequence());
    block.putInt(AT_COUNT, copy.blocks().count());
    int at = AT_ENTRIES;
    for (long entry : copy.blocks().entries()) {
      block.putLong(at, entry);
      at += Long.BYTES;
    }
    block.putInt(AT_CRC, crc(block));
    out.position(out.position() + BYTES);
  }

  /// Reads the copy at the position of `in`, which stays; empty if it is not intact.
  public static Optional<Copy> decode(ByteBuffer in, long replicatedBytes) {
    Check.that(in.remaining() >= BYTES, "a whole table", in.remaining(), BYTES);
    ByteBuffer block = in.slice(in.position(), BYTES);
    int count = block.getInt(AT_COUNT);
    boolean good =
        block.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))
            && block.getInt(AT_CRC) == crc(block)
            && block.getLong(AT_SEQUENCE) >= 0
            && count >= 0
            && count <= LostBlocks.BLOCKS_MAX
            && block.getInt(AT_COUNT + Integer.BYTES) == 0
            && isZero(block, AT_ENTRIES + count * Long.BYTES);
    if (!good) {
      return Optional.empty();
    }
    var entries = new ArrayList<Long>(count);
    for (int index = 0; index < count; index++) {
      entries.add(block.getLong(AT_ENTRIES + index * Long.BYTES));
    }
    long sequence = block.getLong(AT_SEQUENCE);
    return LostBlocks.of(entries, replicatedBytes).map(blocks -> new Copy(sequence, blocks));
  }

  /// Which copy counts; empty if neither is intact.
  public static Optional<Found> choose(Optional<Copy> copyA, Optional<Copy> copyB) {
    if (copyA.isEmpty() || copyB.isEmpty()) {
      return copyA
          .map(copy -> new Found(copy, true, true))
          .or(() -> copyB.map(copy -> new Found(copy, false, true)));
    }
    Copy a = copyA.get();
    Copy b = copyB.get();
    boolean inA = a.sequence() > b.sequence();
    return Optional.of(new Found(inA ? a : b, inA, a.sequence() != b.sequence()));
  }

  private static boolean isZero(ByteBuffer block, int from) {
    for (int at = from; at < AT_CRC; at++) {
      if (block.get(at) != 0) {
        return false;
      }
    }
    return true;
  }

  private static int crc(ByteBuffer block) {
    var crc = new CRC32C();
    crc.update(block.slice(0, AT_CRC));
    return (int) crc.getValue();
  }
}
