package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// How a new disk is laid out: one member, one part. Only the size of the replicated space and of
/// the control region are agreed with the other node.
///
/// ```
///   0        superblock A (4 KiB)
///   64 KiB   superblock B (4 KiB)
///   128 KiB  table of lost blocks A (4 KiB)
///   192 KiB  table of lost blocks B (4 KiB)
///   1 MiB    activity-log ring (1 MiB: 256 blocks of 4 KiB)
///   2 MiB    bitmap pages (4 KiB each, 4064 bytes of bits, 1 bit = 4 KiB)
///   next MiB replicated space, which begins with the control region
/// ```
///
/// Metadata at the start keeps the host's LVM from finding our PV label on the raw disk. These
/// places are for new disks only: whoever reads one takes them from its tables ([DiskLayout]).
public final class FreshLayout {
  /// The two copies of [LostBlocksTable], each with room to grow.
  public static final long LOST_BLOCKS_A_OFFSET = DiskLayout.REGIONS_OFFSET_MIN;

  public static final long LOST_BLOCKS_B_OFFSET = 192 << 10;
  private static final long LOST_BLOCKS_BYTES = 128 << 10;

  public static final long ACTIVITY_LOG_OFFSET = 1 << 20;
  public static final long BITMAP_OFFSET = 2 << 20;

  /// The control region; in a space of less than [#SMALL_BYTES] it is the smallest one.
  private static final long CONTROL_BYTES = 64 << 20;

  private static final long SMALL_BYTES = 1 << 30;

  private static final long ALIGNMENT_BYTES = DiskLayout.ALIGNMENT_BYTES;

  /// The smallest disk that can be used.
  public static final long DISK_BYTES_MIN = diskBytesNeeded(DiskLayout.REPLICATED_BYTES_MIN);

  private FreshLayout() {}

  /// Why a disk of this size cannot be used, and what to do; empty if it can.
  public static Optional<Refusal> refusal(long diskBytes) {
    if (diskBytes >= DISK_BYTES_MIN) {
      return Optional.empty();
    }
    return Optional.of(
        new Refusal(
            "The disk was not laid out",
            "it has %d bytes and a mirror needs at least %d (%d MiB)"
                .formatted(diskBytes, DISK_BYTES_MIN, DISK_BYTES_MIN >> 20),
            "use a larger disk"));
  }

  /// The largest replicated space for which a disk of `diskBytes` has room; ask [#refusal] first.
  public static long replicatedBytesFor(long diskBytes) {
    Check.that(diskBytes >= DISK_BYTES_MIN, "disk is large enough", diskBytes, DISK_BYTES_MIN);
    long replicated = alignedDown(diskBytes - BITMAP_OFFSET - ALIGNMENT_BYTES);
    replicated = Math.min(replicated, DiskLayout.REPLICATED_BYTES_MAX);
    while (diskBytesNeeded(replicated) > diskBytes) {
      long excess = diskBytesNeeded(replicated) - diskBytes;
      // A smaller space needs a smaller bitmap, so taking off the whole excess could take too much.
      replicated -= Math.max(ALIGNMENT_BYTES, alignedDown(excess - excess / 1024));
    }
    return replicated;
  }

  /// The control region of a new mirror of this size.
  public static long controlBytesFor(long replicatedBytes) {
    return replicatedBytes < SMALL_BYTES ? DiskLayout.CONTROL_BYTES_MIN : CONTROL_BYTES;
  }

  /// The layout for agreed sizes, on whatever disk.
  ///
  /// @param memberId what the disk is called from now on
  public static DiskLayout of(long replicatedBytes, long controlBytes, UUID memberId) {
    Check.that(DiskLayout.isPossible(replicatedBytes), "replicated size", replicatedBytes, 0);
    long start = replicatedOffset(replicatedBytes);
    return new DiskLayout(
        List.of(new Member(memberId, start + replicatedBytes, 0)),
        List.of(
            new Region(Region.TYPE_LOST_BLOCKS, 0, LOST_BLOCKS_A_OFFSET, LOST_BLOCKS_BYTES),
            new Region(
                Region.TYPE_ACTIVITY_LOG, 0, ACTIVITY_LOG_OFFSET, DiskLayout.ACTIVITY_LOG_BYTES),
            new Region(Region.TYPE_BITMAP, 0, BITMAP_OFFSET, bitmapBytes(replicatedBytes)),
            new Region(Region.TYPE_CONTROL, 0, start, controlBytes)),
        List.of(new Part(Part.State.PRESENT, 0, replicatedBytes)),
        List.of(new Placement(0, 0, start)));
  }

  private static long diskBytesNeeded(long replicatedBytes) {
    return replicatedOffset(replicatedBytes) + replicatedBytes;
  }

  private static long replicatedOffset(long replicatedBytes) {
    return alignedDown(BITMAP_OFFSET + bitmapBytes(replicatedBytes) + ALIGNMENT_BYTES - 1);
  }

  private static long bitmapBytes(long replicatedBytes) {
    return (long) Bitmap.pageCountFor(replicatedBytes) * Bitmap.PAGE_BYTES;
  }

  private static long alignedDown(long bytes) {
    return bytes / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
  }
}
