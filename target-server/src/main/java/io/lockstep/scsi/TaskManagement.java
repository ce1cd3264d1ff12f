package io.lockstep.scsi;

/// Task management functions (SAM-5 clause 7) with their iSCSI codes (RFC 7143 11.5.1).
public enum TaskManagement {
  ABORT_TASK(1),
  ABORT_TASK_SET(2),
  CLEAR_ACA(3),
  CLEAR_TASK_SET(4),
  LOGICAL_UNIT_RESET(5),
  TARGET_WARM_RESET(6),
  TARGET_COLD_RESET(7);

  private final int code;

  TaskManagement(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  /// Answers, with the codes of RFC 7143 11.6.1.
  public enum Response {
    FUNCTION_COMPLETE(0),
    TASK_DOES_NOT_EXIST(1),
    LUN_DOES_NOT_EXIST(2),
    FUNCTION_NOT_SUPPORTED(5);

    private final int code;

    Response(int code) {
      this.code = code;
    }

    public int code() {
      return code;
    }
  }
}
