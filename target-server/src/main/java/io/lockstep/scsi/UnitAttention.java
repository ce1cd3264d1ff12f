package io.lockstep.scsi;

/// What a nexus is told at its next command (SAM-5 5.14), most urgent first.
public enum UnitAttention {
  POWER_ON_OR_RESET(0x29, 0x00),
  LOGICAL_UNIT_RESET(0x29, 0x03),
  COMMANDS_CLEARED(0x2F, 0x00),
  REPORTED_LUNS_CHANGED(0x3F, 0x0E),
  ACCESS_STATE_CHANGED(0x2A, 0x06),
  CAPACITY_CHANGED(0x2A, 0x09),
  MODE_PARAMETERS_CHANGED(0x2A, 0x01);

  private final int asc;
  private final int ascq;

  UnitAttention(int asc, int ascq) {
    this.asc = asc;
    this.ascq = ascq;
  }

  public int asc() {
    return asc;
  }

  public int ascq() {
    return ascq;
  }
}
