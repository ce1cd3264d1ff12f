package io.lockstep.iscsi.portal;

import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;

/// A target that throws: while it reads a CDB that begins with FFh, and after it has begun to
/// execute any command. A CDB that begins with FEh it cannot read, and says so.
final class StumblingTarget extends PassingTarget {
  StumblingTarget(ScsiTarget next) {
    super(next);
  }

  @Override
  public void prepare(ScsiTask task) {
    if (task.cdb()[0] == (byte) 0xff) {
      throw new IllegalStateException("stumbles over a CDB");
    }
    if (task.cdb()[0] == (byte) 0xfe) {
      task.faulted(new IllegalStateException("stumbles over a list"));
    }
    super.prepare(task);
  }

  @Override
  public void execute(ScsiTask task) {
    super.execute(task);
    throw new IllegalStateException("stumbles while it executes");
  }
}
