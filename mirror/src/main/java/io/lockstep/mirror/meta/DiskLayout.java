package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import java.util.List;
import java.util.Optional;

/// Where things lie on this node's members, as the tables in its superblock say. Immutable. New
/// disks are laid out by [FreshLayout]; [LayoutCheck] says which tables can be.
///
/// In this release there is one member, and its parts lie one behind the other; so a byte of the
/// replicated space lies as far behind [#replicatedOffset] as its number says.
///
/// @param members the disks or files of this copy; the first carries the superblock
/// @param regions areas of the members
/// @param parts of the replicated space, in its order
/// @param placements where the parts lie
public record DiskLayout(
    List<Member> members, List<Region> regions, List<Part> parts, List<Placement> placements) {
  public static final long SUPERBLOCK_A_OFFSET = 0;
  public static final long SUPERBLOCK_B_OFFSET = 64 << 10;
  public static final int SUPERBLOCK_BYTES = 4096;

  /// What is in front of this byte of a member belongs to no region.
  public static final long REGIONS_OFFSET_MIN = 128 << 10;

  /// The ring of the activity log: 256 blocks.
  public static final int ACTIVITY_LOG_BYTES = 1 << 20;

  /// The replicated space begins and ends on a multiple of this.
  public static final long ALIGNMENT_BYTES = 1 << 20;

  /// The first bytes of the control region: the logs of the records.
  public static final long RECORDS_BYTES = 8 << 20;

  /// The smallest control region.
  public static final long CONTROL_BYTES_MIN = RECORDS_BYTES;

  /// What follows the control region at least: a PV with room for one extent.
  static final long DATA_BYTES_MIN = 5 << 20;

  /// The smallest replicated space.
  public static final long REPLICATED_BYTES_MIN = CONTROL_BYTES_MIN + DATA_BYTES_MIN;

  /// The largest replicated space, 64 TiB: its bitmap takes 2 GiB of the disk.
  public static final long REPLICATED_BYTES_MAX = 64L << 40;

  public DiskLayout {
    members = List.copyOf(members);
    regions = List.copyOf(regions);
    parts = List.copyOf(parts);
    placements = List.copyOf(placements);
    Optional<String> fault = LayoutCheck.fault(members, regions, parts, placements);
    Check.that(fault.isEmpty(), fault.orElse(""));
  }

  /// Whether a replicated space can have this size.
  public static boolean isPossible(long replicatedBytes) {
    return LayoutCheck.isPossible(replicatedBytes);
  }

  /// Whether a replicated space of a possible size can have a control region of this size.
  public static boolean isControlPossible(long controlBytes, long replicatedBytes) {
    return LayoutCheck.isControlPossible(controlBytes, replicatedBytes);
  }

  /// The size of the replicated space.
  public long replicatedBytes() {
    return parts.getLast().end();
  }

  /// Where byte 0 of the replicated space lies on the disk.
  public long replicatedOffset() {
    return placements.getFirst().offset();
  }

  /// How much of the replicated space, from its beginning, is the control region.
  public long controlBytes() {
    return region(Region.TYPE_CONTROL).length();
  }

  /// Where the ring of the activity log begins on the disk.
  public long activityLogOffset() {
    return region(Region.TYPE_ACTIVITY_LOG).offset();
  }

  /// Where the first copy of [LostBlocksTable] lies on the disk.
  public long lostBlocksOffsetA() {
    return region(Region.TYPE_LOST_BLOCKS).offset();
  }

  /// Where the second one lies.
  public long lostBlocksOffsetB() {
    Region both = region(Region.TYPE_LOST_BLOCKS);
    return both.offset() + both.length() / 2;
  }

  /// Where bitmap page `page` lies on the disk: in the region that contains its number.
  public long bitmapPageOffset(int page) {
    long first = 0;
    for (Region region : regions) {
      if (region.type() == Region.TYPE_BITMAP) {
        long pages = region.length() / Bitmap.PAGE_BYTES;
        if (page < first + pages) {
          return region.offset() + (page - first) * Bitmap.PAGE_BYTES;
        }
        first += pages;
      }
    }
    throw new AssertionError("no region has bitmap page " + page);
  }

  /// How many pages from `page` on lie one behind the other.
  public int bitmapPagesTogether(int page) {
    long first = 0;
    for (Region region : regions) {
      if (region.type() == Region.TYPE_BITMAP) {
        first += region.length() / Bitmap.PAGE_BYTES;
        if (page < first) {
          return (int) Math.min(first - page, Integer.MAX_VALUE);
        }
      }
    }
    throw new AssertionError("no region has bitmap page " + page);
  }

  /// The smallest disk that holds this.
  public long diskBytesNeeded() {
    return members.getFirst().usedBytes();
  }

  /// How many AL extents cover the replicated space; the last may be short.
  public int extentCount() {
    return Math.toIntExact(
        (replicatedBytes() + ActivityLog.EXTENT_BYTES - 1) / ActivityLog.EXTENT_BYTES);
  }

  /// The one region of a type that there is exactly once.
  private Region region(int type) {
    for (Region region : regions) {
      if (region.type() == type) {
        return region;
      }
    }
    throw new AssertionError("no region of type " + type);
  }
}
