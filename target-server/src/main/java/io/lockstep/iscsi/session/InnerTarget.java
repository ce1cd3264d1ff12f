package io.lockstep.iscsi.session;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskManagement;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Where the edge ends: a target as a session sees it.
///
/// An exception while a PDU is read ends the connection that it came on. While a CDB or a parameter
/// list is read, the target ends that command ([ScsiTask#faulted]); what it throws out of
/// [#prepare] all the same ends the connection. One out of what carries a command out is none of
/// theirs: task set, ranges or the mirror may be half changed, so it goes on as an error and ends
/// the process.
record InnerTarget(ScsiTarget target) implements ScsiTarget {
  /// Reads the CDB, and takes the task in as the last thing it does: still the edge.
  @Override
  public void prepare(ScsiTask task) {
    target.prepare(task);
  }

  @Override
  public void execute(ScsiTask task) {
    try {
      target.execute(task);
    } catch (RuntimeException bug) {
      throw Check.bug(bug);
    }
  }

  @Override
  public void forget(ScsiTask task) {
    try {
      target.forget(task);
    } catch (RuntimeException bug) {
      throw Check.bug(bug);
    }
  }

  @Override
  public void manage(
      TaskManagement function,
      Nexus nexus,
      long lun,
      @Nullable ScsiTask task,
      Consumer<TaskManagement.Response> done) {
    try {
      target.manage(function, nexus, lun, task, done);
    } catch (RuntimeException bug) {
      throw Check.bug(bug);
    }
  }

  @Override
  public void nexusOpened(Nexus nexus) {
    target.nexusOpened(nexus);
  }

  @Override
  public void nexusLost(Nexus nexus, Runnable drained) {
    target.nexusLost(nexus, drained);
  }

  @Override
  public BufferPool pool() {
    return target.pool();
  }
}
