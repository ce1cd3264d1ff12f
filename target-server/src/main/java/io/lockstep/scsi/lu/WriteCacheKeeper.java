package io.lockstep.scsi.lu;

import io.lockstep.block.Completion;
import io.lockstep.scsi.Nexus;

/// Who keeps a logical unit's WCE over restarts and for the other node.
public interface WriteCacheKeeper {
  /// Saves it, lets the logical unit have it ([LogicalUnit#writeCache]), and makes stable what was
  /// acknowledged before.
  ///
  /// @param by who wants it, and need not be told
  /// @param done runs in a later turn. After a failure WCE is what MODE SENSE says: what was
  ///     wanted, if the flush failed, and then what was acknowledged before may not be stable; else
  ///     what it was. Where this node stopped to serve in the middle, the volume may have been
  ///     given it.
  void keep(boolean on, Nexus by, Completion done);
}
