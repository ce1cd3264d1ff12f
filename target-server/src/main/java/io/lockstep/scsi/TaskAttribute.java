package io.lockstep.scsi;

/// When a task may begin relative to the others of its task set (SAM-5 8.6). The iSCSI ATTR field
/// has the same codes, with 0 for untagged, which is treated as simple.
public enum TaskAttribute {
  SIMPLE,
  ORDERED,
  HEAD_OF_QUEUE,
  ACA;

  /// From the ATTR field of the SCSI Command PDU (RFC 7143 11.3.1); unknown codes are simple.
  public static TaskAttribute fromCode(int code) {
    return switch (code) {
      case 2 -> ORDERED;
      case 3 -> HEAD_OF_QUEUE;
      case 4 -> ACA;
      default -> SIMPLE;
    };
  }
}
