package io.lockstep.mirror.meta;

import io.lockstep.block.BlockRange;
import io.lockstep.block.Check;
import java.util.List;
import java.util.Optional;

/// Where things lie on a backing disk. Immutable; everything follows from `replicatedBytes`.
///
/// ```
///   0        superblock A (4 KiB)
///   64 KiB   superblock B (4 KiB)
///   128 KiB  table of lost blocks A (4 KiB)
///   192 KiB  table of lost blocks B (4 KiB)
///   1 MiB    activity-log ring (1 MiB: 256 blocks of 4 KiB)
///   2 MiB    bitmap pages (4 KiB each, 4064 bytes of bits, 1 bit = 4 KiB)
///   next MiB replicated space; its first 8 MiB are the control region
/// ```
///
/// Metadata at the start keeps the host's LVM from finding our PV label on the raw disk.
///
/// @param replicatedBytes size of the replicated space, a multiple of [#ALIGNMENT_BYTES]
public record DiskLayout(long replicatedBytes) {
  public static final long SUPERBLOCK_A_OFFSET = 0;
  public static final long SUPERBLOCK_B_OFFSET = 64 << 10;
  public static final int SUPERBLOCK_BYTES = 4096;

  /// The two copies of [LostBlocksTable], each with room to grow.
  public static final long LOST_BLOCKS_A_OFFSET = 128 << 10;

  public static final long LOST_BLOCKS_B_OFFSET = 192 << 10;
  private static final long LOST_BLOCKS_BYTES = 128 << 10;

  public static final long ACTIVITY_LOG_OFFSET = 1 << 20;
  public static final int ACTIVITY_LOG_BYTES = 1 << 20;

  public static final long BITMAP_OFFSET = 2 << 20;

  /// The replicated space begins and ends on a multiple of this.
  public static final long ALIGNMENT_BYTES = 1 << 20;

  /// The control region: the first bytes of the replicated space.
  public static final long CONTROL_BYTES = 8 << 20;

  /// The smallest replicated space: the control region, and a PV with room for one extent.
  public static final long REPLICATED_BYTES_MIN = CONTROL_BYTES + (5 << 20);

  /// The largest replicated space, 64 TiB: its bitmap takes 2 GiB of memory.
  public static final long REPLICATED_BYTES_MAX = 64L << 40;

  /// The smallest disk that can be used.
  public static final long DISK_BYTES_MIN = new DiskLayout(REPLICATED_BYTES_MIN).diskBytesNeeded();

  public DiskLayout {
    Check.that(replicatedBytes % ALIGNMENT_BYTES == 0, "whole MiB", replicatedBytes, 0);
    Check.that(
        replicatedBytes >= REPLICATED_BYTES_MIN && replicatedBytes <= REPLICATED_BYTES_MAX,
        "replicated size within limits",
        replicatedBytes,
        REPLICATED_BYTES_MIN);
  }

  /// Whether a replicated space can have this size.
  public static boolean isPossible(long replicatedBytes) {
    return replicatedBytes >= REPLICATED_BYTES_MIN
        && replicatedBytes <= REPLICATED_BYTES_MAX
        && replicatedBytes % ALIGNMENT_BYTES == 0;
  }

  /// The largest layout that fits on a disk of `diskBytes`; ask [#refusal] first.
  public static DiskLayout forDisk(long diskBytes) {
    Check.that(diskBytes >= DISK_BYTES_MIN, "disk is large enough", diskBytes, DISK_BYTES_MIN);
    long replicated = alignedDown(diskBytes - BITMAP_OFFSET - ALIGNMENT_BYTES);
    replicated = Math.min(replicated, REPLICATED_BYTES_MAX);
    while (new DiskLayout(replicated).diskBytesNeeded() > diskBytes) {
      long excess = new DiskLayout(replicated).diskBytesNeeded() - diskBytes;
      // A smaller space needs a smaller bitmap, so taking off the whole excess could take too much.
      replicated -= Math.max(ALIGNMENT_BYTES, alignedDown(excess - excess / 1024));
    }
    return new DiskLayout(replicated);
  }

  /// The layout of a replicated space of an agreed size, on whatever disk.
  public static DiskLayout forReplicated(long replicatedBytes) {
    return new DiskLayout(replicatedBytes);
  }

  /// Why a disk of this size cannot be used, and what to do; empty if it can.
  public static Optional<String> refusal(long diskBytes) {
    if (diskBytes >= DISK_BYTES_MIN) {
      return Optional.empty();
    }
    return Optional.of(
        "The disk has %d bytes and a mirror needs at least %d (%d MiB); use a larger disk."
            .formatted(diskBytes, DISK_BYTES_MIN, DISK_BYTES_MIN >> 20));
  }

  public long bitmapBytes() {
    return (long) Bitmap.pageCountFor(replicatedBytes) * Bitmap.PAGE_BYTES;
  }

  /// Where bitmap page `page` lies on the disk.
  public long bitmapPageOffset(int page) {
    return BITMAP_OFFSET + (long) page * Bitmap.PAGE_BYTES;
  }

  /// Where byte 0 of the replicated space lies on the disk.
  public long replicatedOffset() {
    return alignedUp(BITMAP_OFFSET + bitmapBytes());
  }

  /// The smallest disk that holds this layout.
  public long diskBytesNeeded() {
    return replicatedOffset() + replicatedBytes;
  }

  /// The control region, in bytes of the replicated space.
  public static BlockRange controlRegion() {
    return new BlockRange(0, CONTROL_BYTES);
  }

  /// How many AL extents cover the replicated space; the last may be short.
  public int extentCount() {
    return Math.toIntExact(
        (replicatedBytes + ActivityLog.EXTENT_BYTES - 1) / ActivityLog.EXTENT_BYTES);
  }

  /// The region table for the superblock.
  public List<Region> regions() {
    return List.of(
        new Region(Region.TYPE_LOST_BLOCKS, LOST_BLOCKS_A_OFFSET, LOST_BLOCKS_BYTES),
        new Region(Region.TYPE_ACTIVITY_LOG, ACTIVITY_LOG_OFFSET, ACTIVITY_LOG_BYTES),
        new Region(Region.TYPE_BITMAP, BITMAP_OFFSET, bitmapBytes()),
        new Region(Region.TYPE_REPLICATED, replicatedOffset(), replicatedBytes));
  }

  private static long alignedDown(long bytes) {
    return bytes / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
  }

  private static long alignedUp(long bytes) {
    return alignedDown(bytes + ALIGNMENT_BYTES - 1);
  }
}
