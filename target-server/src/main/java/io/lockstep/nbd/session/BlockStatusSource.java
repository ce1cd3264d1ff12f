package io.lockstep.nbd.session;

import io.lockstep.block.BlockRange;
import io.lockstep.block.IoResult;
import java.util.List;

/// What a meta context says of an export, range by range (proto.md, "Metadata querying").
public interface BlockStatusSource {
  /// Knows nothing, which is always true: all of it may hold data.
  BlockStatusSource UNKNOWN =
      (range, _, answer) -> answer.told(IoResult.OK, List.of(new Extent(range.length(), 0)));

  /// Tells, now or later and on the export's loop, what lies from the beginning of the range on:
  /// one extent at least, not more than asked for, in order, without gaps, and not beyond the end
  /// of the range. Neighbours differ in their status.
  void describe(BlockRange range, int extentsMax, Answer answer);

  /// Who wants to know.
  interface Answer {
    /// @param extents nothing if it failed
    void told(IoResult result, List<Extent> extents);
  }
}
