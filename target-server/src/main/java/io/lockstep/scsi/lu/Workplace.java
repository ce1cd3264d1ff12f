package io.lockstep.scsi.lu;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;

/// What a command on the medium finds at its logical unit.
///
/// @param changes who changes which range: overlapping changes run one after another
/// @param ended takes the end of a command
record Workplace(
    UnitMedium medium,
    UnitModes modes,
    TaskSet tasks,
    RangeQueue changes,
    BufferPool pool,
    Loop loop,
    Ended ended) {
  /// Takes the end of a command that was started.
  interface Ended {
    void ended(ScsiTask task, ScsiResult result);
  }
}
