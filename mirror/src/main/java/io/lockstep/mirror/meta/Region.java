package io.lockstep.mirror.meta;

import io.lockstep.block.Check;

/// One entry of the superblock's region table. Immutable.
///
/// @param type one of the `TYPE_` numbers; stable on disk
/// @param offset first byte on the backing disk
/// @param length bytes
public record Region(int type, long offset, long length) {
  /// The activity log's ring.
  public static final int TYPE_ACTIVITY_LOG = 1;

  /// The quick-sync bitmap's pages.
  public static final int TYPE_BITMAP = 2;

  /// The replicated space, which begins with the control region.
  public static final int TYPE_REPLICATED = 3;

  /// The table of lost blocks, both copies of it.
  public static final int TYPE_LOST_BLOCKS = 4;

  public Region {
    Check.that(type > 0, "region type > 0", type, 0);
    Check.that(offset >= 0 && length > 0, "region has an offset and a length", offset, length);
    Check.that(offset <= Long.MAX_VALUE - length, "region does not overflow", offset, length);
  }

  /// One past the last byte.
  public long end() {
    return offset + length;
  }
}
