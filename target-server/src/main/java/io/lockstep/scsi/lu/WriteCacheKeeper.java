package io.lockstep.scsi.lu;

import io.lockstep.block.Completion;
import io.lockstep.scsi.Nexus;

/// Who keeps a logical unit's WCE over restarts and for the other node.
public interface WriteCacheKeeper {
  /// Saves it, lets the logical unit have it ([LogicalUnit#writeCache]), and makes stable what was
  /// acknowledged before.
  ///
  /// @param by who wants it, and need not be told
  /// @param done runs in a later turn; after a failure nothing has changed, unless it was the last
  ///     step that failed: then WCE is what was wanted, and what was acknowledged before may not be
  ///     stable
  void keep(boolean on, Nexus by, Completion done);
}
