package io.lockstep.iscsi.portal;

import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskAttribute;
import java.nio.ByteBuffer;

/// Spares initiators that cannot take it the unit attention of a fresh session: a TEST UNIT READY
/// of its own fetches that first.
final class CalmTarget extends PassingTarget {
  CalmTarget(ScsiTarget next) {
    super(next);
  }

  @Override
  public void nexusOpened(Nexus nexus) {
    super.nexusOpened(nexus);
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
    prepare(testUnitReady);
  }
}
