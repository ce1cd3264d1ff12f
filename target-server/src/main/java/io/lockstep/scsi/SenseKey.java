package io.lockstep.scsi;

/// Sense keys (SPC-4 4.5.6); the ordinal is not the code.
public enum SenseKey {
  NO_SENSE(0x0),
  RECOVERED_ERROR(0x1),
  NOT_READY(0x2),
  MEDIUM_ERROR(0x3),
  HARDWARE_ERROR(0x4),
  ILLEGAL_REQUEST(0x5),
  UNIT_ATTENTION(0x6),
  DATA_PROTECT(0x7),
  ABORTED_COMMAND(0xB),
  MISCOMPARE(0xE);

  private final int code;

  SenseKey(int code) {
    this.code = code;
  }

  /// The four bits in sense data.
  public int code() {
    return code;
  }
}
