package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// Whose content is lost: sectors that a person has given up, on both disks. There are zeroes on
/// the disks now, and they are not data: reading them is an error until they are written. Kept for
/// each sector, since a host may write less than a block. Immutable.
///
/// An *entry* is the number of a block times 256, plus a bit for each of its sectors that is lost.
public final class LostBlocks {
  /// Nothing is lost.
  public static final LostBlocks NONE = new LostBlocks(new long[0]);

  /// The most blocks with a lost sector.
  public static final int BLOCKS_MAX = 480;

  /// What a bit of an entry stands for.
  public static final int SECTOR_BYTES = 512;

  private static final int SECTORS = Bitmap.BLOCK_BYTES / SECTOR_BYTES;
  private static final int ALL_SECTORS = (1 << SECTORS) - 1;

  /// Ascending, each block once, each with a sector.
  private final long[] entries;

  private LostBlocks(long[] entries) {
    this.entries = entries;
  }

  /// From entries that come from outside; empty if they are none, or not of this space.
  ///
  /// @param replicatedBytes size of the replicated space
  public static Optional<LostBlocks> of(List<Long> entries, long replicatedBytes) {
    long before = -1;
    for (long entry : entries) {
      long block = entry >> SECTORS;
      boolean good =
          block > before
              && block < replicatedBytes / Bitmap.BLOCK_BYTES
              && (entry & ALL_SECTORS) != 0;
      if (!good) {
        return Optional.empty();
      }
      before = block;
    }
    return entries.size() > BLOCKS_MAX
        ? Optional.empty()
        : Optional.of(new LostBlocks(entries.stream().mapToLong(Long::longValue).toArray()));
  }

  /// How many blocks have a lost sector.
  public int count() {
    return entries.length;
  }

  public boolean isEmpty() {
    return entries.length == 0;
  }

  public List<Long> entries() {
    return Arrays.stream(entries).boxed().toList();
  }

  /// Where the first of them begin, in bytes of the replicated space.
  public List<Long> firstOffsets(int countMax) {
    return Arrays.stream(entries)
        .limit(countMax)
        .mapToObj(entry -> (entry >> SECTORS) * Bitmap.BLOCK_BYTES)
        .toList();
  }

  /// Which sectors of a block are lost, a bit for each; 0 if none is.
  public int sectorsOf(long block) {
    int index = indexFrom(block);
    boolean found = index < entries.length && entries[index] >> SECTORS == block;
    return found ? (int) entries[index] & ALL_SECTORS : 0;
  }

  /// Whether a lost sector is among the bytes.
  public boolean touches(long offset, long length) {
    if (entries.length == 0) {
      return false;
    }
    long end = offset + length;
    for (int index = indexFrom(offset / Bitmap.BLOCK_BYTES); index < entries.length; index++) {
      long start = (entries[index] >> SECTORS) * Bitmap.BLOCK_BYTES;
      if (start >= end) {
        return false;
      }
      for (int sector = 0; sector < SECTORS; sector++) {
        long at = start + (long) sector * SECTOR_BYTES;
        if ((entries[index] & 1L << sector) != 0 && at < end && offset < at + SECTOR_BYTES) {
          return true;
        }
      }
    }
    return false;
  }

  /// With all sectors of these blocks lost too.
  public LostBlocks with(Collection<Long> blocks) {
    var all = new TreeMap<Long, Long>();
    Arrays.stream(entries).forEach(entry -> all.put(entry >> SECTORS, entry));
    blocks.forEach(block -> all.put(block, block << SECTORS | ALL_SECTORS));
    Check.that(all.size() <= BLOCKS_MAX, "lost blocks", all.size(), BLOCKS_MAX);
    return new LostBlocks(all.values().stream().mapToLong(Long::longValue).toArray());
  }

  /// Without the sectors that the bytes cover: they hold data again.
  public LostBlocks without(long offset, long length) {
    return new LostBlocks(
        Arrays.stream(entries)
            .map(entry -> entry & ~coveredSectors(entry >> SECTORS, offset, offset + length))
            .filter(entry -> (entry & ALL_SECTORS) != 0)
            .toArray());
  }

  private static long coveredSectors(long block, long from, long to) {
    long covered = 0;
    for (int sector = 0; sector < SECTORS; sector++) {
      long at = block * Bitmap.BLOCK_BYTES + (long) sector * SECTOR_BYTES;
      if (from <= at && at + SECTOR_BYTES <= to) {
        covered |= 1L << sector;
      }
    }
    return covered;
  }

  /// Where the entry of the first block at or after `block` is.
  private int indexFrom(long block) {
    int found = Arrays.binarySearch(entries, block << SECTORS);
    return found < 0 ? -found - 1 : found;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LostBlocks that && Arrays.equals(entries, that.entries);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(entries);
  }

  @Override
  public String toString() {
    return "LostBlocks" + Arrays.toString(entries);
  }
}
