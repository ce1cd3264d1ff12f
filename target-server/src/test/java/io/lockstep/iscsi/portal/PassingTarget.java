package io.lockstep.iscsi.portal;

import io.lockstep.block.BufferPool;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskManagement;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A target before a target: passes everything on as it is, but for what is overridden.
class PassingTarget implements ScsiTarget {
  private final ScsiTarget next;

  PassingTarget(ScsiTarget next) {
    this.next = next;
  }

  @Override
  public void nexusOpened(Nexus nexus) {
    next.nexusOpened(nexus);
  }

  @Override
  public void prepare(ScsiTask task) {
    next.prepare(task);
  }

  @Override
  public void execute(ScsiTask task) {
    next.execute(task);
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
