package io.lockstep.mirror.meta;

/// One entry of the superblock's region table: an area of a member. Immutable; [LayoutCheck] says
/// whether it can be.
///
/// @param type one of the `TYPE_` numbers, or one that only a later release knows; stable on disk
/// @param member number of the member it lies on
/// @param offset first byte on that member
/// @param length bytes
public record Region(int type, int member, long offset, long length) {
  /// The activity log's ring.
  public static final int TYPE_ACTIVITY_LOG = 1;

  /// Pages of the quick-sync bitmap.
  public static final int TYPE_BITMAP = 2;

  /// The control region, with which the first part begins.
  public static final int TYPE_CONTROL = 3;

  /// The table of lost blocks, both copies of it.
  public static final int TYPE_LOST_BLOCKS = 4;

  /// One past the last byte.
  public long end() {
    return offset + length;
  }

  boolean isKnown() {
    return type >= TYPE_ACTIVITY_LOG && type <= TYPE_LOST_BLOCKS;
  }

  static String nameOf(int type) {
    return switch (type) {
      case TYPE_ACTIVITY_LOG -> "activity log";
      case TYPE_BITMAP -> "bitmap";
      case TYPE_CONTROL -> "control region";
      case TYPE_LOST_BLOCKS -> "lost blocks";
      default -> "type " + Integer.toUnsignedString(type);
    };
  }
}
