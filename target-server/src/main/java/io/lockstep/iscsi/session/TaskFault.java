package io.lockstep.iscsi.session;

import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.SenseKey;

/// How a data transfer can break (RFC 7143 11.4.7.2): each ends its task with CHECK CONDITION,
/// ABORTED COMMAND and this additional sense code.
enum TaskFault {
  UNEXPECTED_UNSOLICITED_DATA(0x0c, 0x0c),
  INCORRECT_AMOUNT_OF_DATA(0x0c, 0x0d);

  private final int asc;
  private final int ascq;

  TaskFault(int asc, int ascq) {
    this.asc = asc;
    this.ascq = ascq;
  }

  ScsiResult result() {
    return new ScsiResult.CheckCondition(
        SenseKey.ABORTED_COMMAND, asc, ascq, new ScsiResult.Detail.None());
  }
}
