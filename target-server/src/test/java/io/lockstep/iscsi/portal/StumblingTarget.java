package io.lockstep.iscsi.portal;

import io.lockstep.block.BufferPool;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskManagement;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A target that throws: while it reads a CDB that begins with FFh, and after it has begun to
/// execute any command. A CDB that begins with FEh it cannot read, and says so.
record StumblingTarget(ScsiTarget next) implements ScsiTarget {
  @Override
  public void nexusOpened(Nexus nexus) {
    next.nexusOpened(nexus);
  }

  @Override
  public void prepare(ScsiTask task) {
    if (task.cdb()[0] == (byte) 0xff) {
      throw new IllegalStateException("stumbles over a CDB");
    }
    if (task.cdb()[0] == (byte) 0xfe) {
      task.faulted(new IllegalStateException("stumbles over a list"));
    }
    next.prepare(task);
  }

  @Override
  public void execute(ScsiTask task) {
    next.execute(task);
    throw new IllegalStateException("stumbles while it executes");
  }

  @Override
  public void forget(ScsiTask task) {
    next.forget(task);
  }

  @Override
  public void manage(
      TaskManagement function,
      Nexus nexus,
      long lun,
      @Nullable ScsiTask task,
      Consumer<TaskManagement.Response> done) {
    next.manage(function, nexus, lun, task, done);
  }

  @Override
  public void nexusLost(Nexus nexus, Runnable drained) {
    next.nexusLost(nexus, drained);
  }

  @Override
  public BufferPool pool() {
    return next.pool();
  }
}
