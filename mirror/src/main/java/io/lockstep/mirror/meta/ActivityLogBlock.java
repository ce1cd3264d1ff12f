package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.zip.CRC32C;

/// The activity log's ring on disk: 256 blocks of 4 KiB; transaction `n` is in block `n % 256` and
/// lists every hot extent. Big endian.
///
/// A block is 8 sectors of 512 bytes, each checked on its own, since a disk may tear a block
/// between sectors:
///
/// ```
///    0  magic "LAL0" to "LAL7": the sector's place in the block   u32
///    4  transaction number                                        u64
///   12  CRC32C of the sector with this field zero                 u32
///   16  124 extent numbers, 0xFFFFFFFF = empty                    124 x u32
/// ```
///
/// A block of intact sectors with different numbers (or some never written) is a torn write: its
/// transaction never became stable, so no data was written under it, and the transaction before
/// still holds. A sector that is neither intact nor zero is rot, and the ring cannot be trusted.
///
/// Numbers follow each other without a gap, and each transaction is stable before the next begins.
/// So of blocks that cannot be read only one is missed: the block after the highest number seen,
/// which alone could hold a newer transaction.
final class ActivityLogBlock {
  static final int BYTES = 4096;
  static final int RING_BLOCKS = DiskLayout.ACTIVITY_LOG_BYTES / BYTES;
  static final int SECTOR_BYTES = 512;
  static final int SECTORS = BYTES / SECTOR_BYTES;
  static final int EXTENTS_PER_SECTOR = 124;
  static final int EXTENTS_MAX = SECTORS * EXTENTS_PER_SECTOR;

  private static final int MAGIC = 0x4C_41_4C_30;
  private static final int EMPTY = 0xFFFF_FFFF;
  private static final int AT_NUMBER = 4;
  private static final int AT_CRC = 12;
  private static final int AT_EXTENTS = 16;

  private static final long ROTTEN = Long.MIN_VALUE;
  private static final long UNWRITTEN = -1;
  private static final ByteBuffer ZERO_BLOCK = ByteBuffer.allocate(BYTES);
  private static final ByteBuffer ZERO_SECTOR = ByteBuffer.allocate(SECTOR_BYTES);

  private ActivityLogBlock() {}

  static int ringOffset(long number) {
    return (int) (number % RING_BLOCKS) * BYTES;
  }

  static void encode(long number, int[] extents, ByteBuffer out) {
    Check.that(out.remaining() >= BYTES, "room for a block", out.remaining(), BYTES);
    Check.that(extents.length <= EXTENTS_MAX, "extents fit", extents.length, EXTENTS_MAX);
    for (int index = 0; index < SECTORS; index++) {
      ByteBuffer sector = out.slice(out.position() + index * SECTOR_BYTES, SECTOR_BYTES);
      sector.putInt(0, MAGIC + index);
      sector.putLong(AT_NUMBER, number);
      for (int place = 0; place < EXTENTS_PER_SECTOR; place++) {
        int at = index * EXTENTS_PER_SECTOR + place;
        int extent = at < extents.length ? extents[at] : EMPTY;
        sector.putInt(AT_EXTENTS + place * Integer.BYTES, extent);
      }
      sector.putInt(AT_CRC, crc(sector));
    }
    out.position(out.position() + BYTES);
  }

  static void format(ByteBuffer wholeRing) {
    ByteBuffer ring = wholeRing.slice(wholeRing.position(), DiskLayout.ACTIVITY_LOG_BYTES);
    ring.put(0, new byte[DiskLayout.ACTIVITY_LOG_BYTES]);
    encode(0, new int[0], ring);
  }

  static LogRecovery recover(ByteBuffer wholeRing, int extentCount, BitSet unreadable) {
    Check.that(
        wholeRing.remaining() >= DiskLayout.ACTIVITY_LOG_BYTES,
        "the whole ring",
        wholeRing.remaining(),
        DiskLayout.ACTIVITY_LOG_BYTES);
    ByteBuffer ring = wholeRing.slice(wholeRing.position(), DiskLayout.ACTIVITY_LOG_BYTES);
    long newest = -1;
    long highest = -1;
    for (int index = unreadable.nextClearBit(0);
        index < RING_BLOCKS;
        index = unreadable.nextClearBit(index + 1)) {
      ByteBuffer block = ring.slice(index * BYTES, BYTES);
      if (block.mismatch(ZERO_BLOCK) < 0) {
        continue; // Never written, as most of the ring of a young mirror.
      }
      long numberMin = Long.MAX_VALUE;
      for (int place = 0; place < SECTORS; place++) {
        ByteBuffer sector = block.slice(place * SECTOR_BYTES, SECTOR_BYTES);
        long number = numberOf(sector, index, place);
        if (number == ROTTEN) {
          return damaged("block %d, sector %d is unreadable".formatted(index, place));
        }
        numberMin = Math.min(numberMin, number);
        highest = Math.max(highest, number);
      }
      if (numberMin > newest && isComplete(block, numberMin)) {
        newest = numberMin;
      }
    }
    int following = (int) ((highest + 1) % RING_BLOCKS);
    if (unreadable.get(following)) {
      return damaged("block %d, perhaps the newest, is unreadable".formatted(following));
    }
    if (newest < 0) {
      return damaged("no complete transaction in the ring");
    }
    int[] extents = extentsOf(ring.slice(ringOffset(newest), BYTES));
    if (extents.length > 0 && extents[extents.length - 1] >= extentCount) {
      return damaged("transaction %d lists an extent beyond the disk".formatted(newest));
    }
    return new LogRecovery(false, "", extents, highest);
  }

  /// The transaction number of a sector, [#UNWRITTEN] for zeroes, [#ROTTEN] for anything else.
  private static long numberOf(ByteBuffer sector, int blockIndex, int place) {
    if (sector.mismatch(ZERO_SECTOR.duplicate()) < 0) {
      return UNWRITTEN;
    }
    long number = sector.getLong(AT_NUMBER);
    boolean intact =
        sector.getInt(0) == MAGIC + place
            && number >= 0
            && number % RING_BLOCKS == blockIndex
            && sector.getInt(AT_CRC) == crc(sector);
    return intact ? number : ROTTEN;
  }

  private static boolean isComplete(ByteBuffer block, long number) {
    for (int place = 0; place < SECTORS; place++) {
      if (block.getLong(place * SECTOR_BYTES + AT_NUMBER) != number) {
        return false;
      }
    }
    return true;
  }

  /// Ascending, each once. An extent number with the top bit set cannot be written by [#encode] for
  /// any extent, so it is sorted to the end as the largest there is.
  private static int[] extentsOf(ByteBuffer block) {
    var extents = new int[EXTENTS_MAX];
    int count = 0;
    for (int place = 0; place < EXTENTS_MAX; place++) {
      int at =
          place / EXTENTS_PER_SECTOR * SECTOR_BYTES
              + AT_EXTENTS
              + place % EXTENTS_PER_SECTOR * Integer.BYTES;
      int extent = block.getInt(at);
      if (extent != EMPTY) {
        extents[count++] = extent < 0 ? Integer.MAX_VALUE : extent;
      }
    }
    return Arrays.stream(extents, 0, count).sorted().distinct().toArray();
  }

  private static LogRecovery damaged(String detail) {
    return new LogRecovery(true, detail, new int[0], 0);
  }

  private static int crc(ByteBuffer sector) {
    var crc = new CRC32C();
    crc.update(sector.slice(0, AT_CRC));
    crc.update(ZERO_SECTOR.slice(0, Integer.BYTES));
    crc.update(sector.slice(AT_EXTENTS, SECTOR_BYTES - AT_EXTENTS));
    return (int) crc.getValue();
  }
}
