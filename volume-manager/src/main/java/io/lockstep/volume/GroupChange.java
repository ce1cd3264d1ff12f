package io.lockstep.volume;

import io.lockstep.block.Refusal;
import io.lockstep.volume.VolumeGroup.Run;
import java.util.List;

/// What a change makes of a group: [VolumeChange] and [SnapshotChange] say.
public sealed interface GroupChange {
  /// Larger than this no disk is; keeps the arithmetic of sizes from overflowing.
  long SIZE_BYTES_MAX = 1L << 60;

  /// The change can be committed.
  ///
  /// @param next the group after it, `seqno` one higher
  /// @param added runs of extents that the change takes; they must read as zeroes before the commit
  record Planned(VolumeGroup next, List<Run> added) implements GroupChange {}

  /// The group is so already.
  record Unchanged() implements GroupChange {}

  /// The change is not possible.
  record Impossible(Refusal refusal) implements GroupChange {}
}
