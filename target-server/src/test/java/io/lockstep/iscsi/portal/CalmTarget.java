package io.lockstep.iscsi.portal;

import io.lockstep.block.BufferPool;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskAttribute;
import io.lockstep.scsi.TaskManagement;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Spares initiators that cannot take it the unit attention of a fresh session: a TEST UNIT READY
/// of its own fetches that first.
record CalmTarget(ScsiTarget next) implements ScsiTarget {
  @Override
  public void nexusOpened(Nexus nexus) {
    next.nexusOpened(nexus);
    ScsiTask testUnitReady =
        new ScsiTask() {
          @Override
          public void faulted(RuntimeException cause) {
            throw cause;
          }

          @Override
          protected void completed() {}
        };
    testUnitReady.begin(nexus, 0, ByteBuffer.allocate(6), TaskAttribute.SIMPLE);
    next.prepare(testUnitReady);
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
