package io.lockstep.scsi;

import io.lockstep.block.BufferPool;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A SCSI target device as its transport sees it. Everything runs on the target's loop.
public interface ScsiTarget {
  /// Decodes and checks the command: afterwards either [ScsiTask#isEnded] and completed() follows
  /// in a later turn, or [ScsiTask#dataOutBytes] says what [#execute] needs.
  void prepare(ScsiTask task);

  /// Carries out a prepared command whose data-out, if any, is complete.
  void execute(ScsiTask task);

  /// Gives up a prepared command that will not be executed, because its data did not come (the
  /// session ended, the task was aborted). completed() is not called for it.
  void forget(ScsiTask task);

  /// A task management function. `done` runs when nothing of the aborted tasks can reach the medium
  /// any more; their completed() with [ScsiResult.Aborted] has run before.
  ///
  /// @param task the task that ABORT TASK refers to; null for the other functions
  void manage(
      TaskManagement function,
      Nexus nexus,
      long lun,
      @Nullable ScsiTask task,
      Consumer<TaskManagement.Response> done);

  /// A session begins; its first command on each logical unit gets a unit attention.
  void nexusOpened(Nexus nexus);

  /// A session has ended; `drained` runs when none of its tasks is under way any more.
  void nexusLost(Nexus nexus, Runnable drained);

  /// Where data buffers of tasks come from and go back to.
  BufferPool pool();
}
