package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import io.lockstep.mirror.state.DiskState;
import java.util.Set;

/// How good a copy of the data is, as its superblock says. Immutable.
///
/// @param diskState INCONSISTENT, OUTDATED, CONSISTENT or UP_TO_DATE
/// @param marks what else is true of it
public record CopyFacts(DiskState diskState, Set<Mark> marks) {
  /// A disk that was just laid out: it holds nothing.
  public static final CopyFacts NEW = new CopyFacts(DiskState.INCONSISTENT, Set.of(Mark.ALL_DIRTY));

  /// What can be true of a copy.
  public enum Mark {
    /// Every block is out of sync, whatever the bitmap pages say.
    ALL_DIRTY,
    /// The node has ended in order, and has met nobody since: every write acknowledged to this
    /// disk's generation is on it, stably.
    KEPT_ALL,
    /// The disk has failed: what it holds may be anything until it is filled anew.
    FAILED,
    /// Sectors are lost, and the table of them counts; see [LostBlocksTable].
    LOST_BLOCKS
  }

  public CopyFacts {
    marks = Set.copyOf(marks);
    Check.that(isStorable(diskState), "a disk state that lasts");
  }

  /// Whether `state` describes the data on a disk, not a moment in a node's life.
  public static boolean isStorable(DiskState state) {
    return switch (state) {
      case INCONSISTENT, OUTDATED, CONSISTENT, UP_TO_DATE -> true;
      case DISKLESS, ATTACHING, FAILED, NEGOTIATING, DUNKNOWN -> false;
    };
  }

  public boolean has(Mark mark) {
    return marks.contains(mark);
  }
}
