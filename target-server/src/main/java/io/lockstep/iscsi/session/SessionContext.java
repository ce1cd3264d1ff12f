package io.lockstep.iscsi.session;

import io.lockstep.block.MemoryBudget;
import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTarget;

/// What a session for SCSI commands is made of; a discovery session has none of it.
///
/// @param target what it is logged in to, behind the edge ([InnerTarget])
/// @param nexus who it is there
/// @param budget the memory that it shares with the other sessions on its loop
public record SessionContext(
    SessionParameters parameters,
    SessionLimits limits,
    ScsiTarget target,
    Nexus nexus,
    MemoryBudget budget) {
  public SessionContext {
    target = new InnerTarget(target);
  }
}
