package io.lockstep.scsi;

import static io.lockstep.scsi.Command.Access.ALWAYS;
import static io.lockstep.scsi.Command.Access.MEDIUM;
import static io.lockstep.scsi.Command.Access.STANDBY;
import static io.lockstep.scsi.UnderReservation.ALLOWED;
import static io.lockstep.scsi.UnderReservation.CONFLICT;
import static io.lockstep.scsi.UnderReservation.CONFLICT_TO_PREVENT;
import static io.lockstep.scsi.UnderReservation.CONFLICT_TO_STOP;
import static io.lockstep.scsi.UnderReservation.READS;

import io.lockstep.block.Check;
import java.util.HexFormat;
import java.util.Optional;

/// Every command we implement, one line each; the table drives dispatch, the check of access and
/// REPORT SUPPORTED OPERATION CODES alike. The last column is the CDB usage data (SPC-4 6.35.3):
/// operation code and service action as they are, then one bit for each bit of the CDB that we look
/// at.
///
/// A command that needs no medium is all the work that its task has.
public enum Command implements TaskWork {
  TEST_UNIT_READY(0x00, MEDIUM, ALLOWED, "00 00 00 00 00 04"),
  REQUEST_SENSE(0x03, ALWAYS, ALLOWED, "03 01 00 00 FF 04"),
  READ_6(0x08, MEDIUM, READS, "08 1F FF FF FF 04"),
  WRITE_6(0x0A, MEDIUM, CONFLICT, "0A 1F FF FF FF 04"),
  INQUIRY(0x12, ALWAYS, ALLOWED, "12 01 FF FF FF 04"),
  MODE_SELECT_6(0x15, STANDBY, CONFLICT, "15 11 00 00 FF 04"),
  MODE_SENSE_6(0x1A, STANDBY, READS, "1A 08 FF FF FF 04"),
  START_STOP_UNIT(0x1B, MEDIUM, CONFLICT_TO_STOP, "1B 01 00 0F F7 04"),
  SEND_DIAGNOSTIC(0x1D, STANDBY, CONFLICT, "1D E4 00 FF FF 04"),
  PREVENT_ALLOW_MEDIUM_REMOVAL(0x1E, MEDIUM, CONFLICT_TO_PREVENT, "1E 00 00 00 03 04"),
  READ_CAPACITY_10(0x25, STANDBY, ALLOWED, "25 00 FF FF FF FF 00 00 01 04"),
  READ_10(0x28, MEDIUM, READS, "28 F8 FF FF FF FF 00 FF FF 04"),
  WRITE_10(0x2A, MEDIUM, CONFLICT, "2A F8 FF FF FF FF 00 FF FF 04"),
  WRITE_AND_VERIFY_10(0x2E, MEDIUM, CONFLICT, "2E F6 FF FF FF FF 00 FF FF 04"),
  VERIFY_10(0x2F, MEDIUM, READS, "2F F6 FF FF FF FF 00 FF FF 04"),
  PRE_FETCH_10(0x34, MEDIUM, READS, "34 02 FF FF FF FF 00 FF FF 04"),
  SYNCHRONIZE_CACHE_10(0x35, MEDIUM, CONFLICT, "35 02 FF FF FF FF 00 FF FF 04"),
  WRITE_SAME_10(0x41, MEDIUM, CONFLICT, "41 F8 FF FF FF FF 00 FF FF 04"),
  UNMAP(0x42, MEDIUM, CONFLICT, "42 01 00 00 00 00 00 FF FF 04"),
  MODE_SELECT_10(0x55, STANDBY, CONFLICT, "55 11 00 00 00 00 00 FF FF 04"),
  MODE_SENSE_10(0x5A, STANDBY, READS, "5A 18 FF FF 00 00 00 FF FF 04"),
  PERSISTENT_RESERVE_IN_READ_KEYS(0x5E, 0x00, STANDBY, ALLOWED, "5E 00 00 00 00 00 00 FF FF 04"),
  PERSISTENT_RESERVE_IN_READ_RESERVATION(
      0x5E, 0x01, STANDBY, ALLOWED, "5E 01 00 00 00 00 00 FF FF 04"),
  PERSISTENT_RESERVE_IN_REPORT_CAPABILITIES(
      0x5E, 0x02, STANDBY, ALLOWED, "5E 02 00 00 00 00 00 FF FF 04"),
  PERSISTENT_RESERVE_IN_READ_FULL_STATUS(
      0x5E, 0x03, STANDBY, ALLOWED, "5E 03 00 00 00 00 00 FF FF 04"),
  READ_16(0x88, MEDIUM, READS, "88 F8 FF FF FF FF FF FF FF FF FF FF FF FF 00 04"),
  COMPARE_AND_WRITE(0x89, MEDIUM, CONFLICT, "89 F8 FF FF FF FF FF FF FF FF 00 00 00 FF 00 04"),
  WRITE_16(0x8A, MEDIUM, CONFLICT, "8A F8 FF FF FF FF FF FF FF FF FF FF FF FF 00 04"),
  WRITE_AND_VERIFY_16(0x8E, MEDIUM, CONFLICT, "8E F6 FF FF FF FF FF FF FF FF FF FF FF FF 00 04"),
  VERIFY_16(0x8F, MEDIUM, READS, "8F F6 FF FF FF FF FF FF FF FF FF FF FF FF 00 04"),
  PRE_FETCH_16(0x90, MEDIUM, READS, "90 02 FF FF FF FF FF FF FF FF FF FF FF FF 00 04"),
  SYNCHRONIZE_CACHE_16(0x91, MEDIUM, CONFLICT, "91 02 FF FF FF FF FF FF FF FF FF FF FF FF 00 04"),
  WRITE_SAME_16(0x93, MEDIUM, CONFLICT, "93 F9 FF FF FF FF FF FF FF FF FF FF FF FF 00 04"),
  READ_CAPACITY_16(0x9E, 0x10, STANDBY, ALLOWED, "9E 10 FF FF FF FF FF FF FF FF FF FF FF FF 01 04"),
  GET_LBA_STATUS(0x9E, 0x12, MEDIUM, READS, "9E 12 FF FF FF FF FF FF FF FF FF FF FF FF 00 04"),
  REPORT_LUNS(0xA0, ALWAYS, ALLOWED, "A0 00 FF 00 00 00 FF FF FF FF 00 04"),
  REPORT_TARGET_PORT_GROUPS(0xA3, 0x0A, STANDBY, ALLOWED, "A3 EA 00 00 00 00 FF FF FF FF 00 04"),
  REPORT_SUPPORTED_OPERATION_CODES(
      0xA3, 0x0C, STANDBY, READS, "A3 0C 87 FF FF FF FF FF FF FF 00 04"),
  REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS(
      0xA3, 0x0D, STANDBY, READS, "A3 0D 80 00 00 00 FF FF FF FF 00 04"),
  READ_12(0xA8, MEDIUM, READS, "A8 F8 FF FF FF FF FF FF FF FF 00 04"),
  WRITE_12(0xAA, MEDIUM, CONFLICT, "AA F8 FF FF FF FF FF FF FF FF 00 04"),
  WRITE_AND_VERIFY_12(0xAE, MEDIUM, CONFLICT, "AE F6 FF FF FF FF FF FF FF FF 00 04"),
  VERIFY_12(0xAF, MEDIUM, READS, "AF F6 FF FF FF FF FF FF FF FF 00 04");

  /// When a command is answered.
  public enum Access {
    /// On any port, before a pending unit attention, for an absent logical unit too.
    ALWAYS,
    /// In standby too: it tells of the logical unit, and needs no medium for that.
    STANDBY,
    /// Only where the medium is served.
    MEDIUM
  }

  private static final int NO_ACTION = -1;
  private static final Command[] BY_OPERATION_CODE = new Command[256];

  static {
    for (Command command : values()) {
      if (BY_OPERATION_CODE[command.operationCode] == null) {
        BY_OPERATION_CODE[command.operationCode] = command;
      }
    }
  }

  private final int operationCode;
  private final int serviceAction;
  private final Access access;
  private final UnderReservation underReservation;
  private final String usageHex;

  Command(int operationCode, Access access, UnderReservation underReservation, String usageHex) {
    this(operationCode, NO_ACTION, access, underReservation, usageHex);
  }

  Command(
      int operationCode,
      int serviceAction,
      Access access,
      UnderReservation underReservation,
      String usageHex) {
    this.operationCode = operationCode;
    this.serviceAction = serviceAction;
    this.access = access;
    this.underReservation = underReservation;
    this.usageHex = usageHex;
    byte[] usage = usage();
    Check.that(usage.length == lengthOf(operationCode), "usage has the CDB's length");
    Check.that((usage[0] & 0xFF) == operationCode, "usage begins with the operation code");
    Check.that(
        serviceAction == NO_ACTION || (usage[1] & 0x1F) == serviceAction,
        "usage names the service action");
  }

  /// The command of a CDB; empty if we do not have it.
  public static Optional<Command> of(byte[] cdb) {
    Command first = BY_OPERATION_CODE[cdb[0] & 0xFF];
    if (first == null || !first.hasServiceAction()) {
      return Optional.ofNullable(first);
    }
    return of(cdb[0] & 0xFF, cdb[1] & 0x1F);
  }

  /// The command with that service action; empty if we do not have it.
  public static Optional<Command> of(int operationCode, int serviceAction) {
    for (Command command : values()) {
      if (command.operationCode == operationCode && command.serviceAction == serviceAction) {
        return Optional.of(command);
      }
    }
    return Optional.empty();
  }

  /// Whether some command has that operation code.
  public static boolean hasOperationCode(int operationCode) {
    return BY_OPERATION_CODE[operationCode] != null;
  }

  /// CDB length by the group code in the top three bits (SPC-4 4.2.5.1).
  private static int lengthOf(int operationCode) {
    return switch (operationCode >> 5) {
      case 0 -> 6;
      case 1, 2 -> 10;
      case 4 -> 16;
      case 5 -> 12;
      default -> throw new AssertionError("no fixed length: " + operationCode);
    };
  }

  public int operationCode() {
    return operationCode;
  }

  /// Valid only if [#hasServiceAction].
  public int serviceAction() {
    return serviceAction;
  }

  public boolean hasServiceAction() {
    return serviceAction != NO_ACTION;
  }

  /// Whether a host finds out with it what is behind a path and whether that lives: answered at
  /// once, whatever is queued.
  public boolean isOfPath() {
    return this == TEST_UNIT_READY
        || this == REQUEST_SENSE
        || this == INQUIRY
        || this == REPORT_LUNS
        || this == REPORT_TARGET_PORT_GROUPS;
  }

  public Access access() {
    return access;
  }

  /// What the reservation of another nexus leaves to it.
  public UnderReservation underReservation() {
    return underReservation;
  }

  /// How many bytes its CDB has.
  public int cdbBytes() {
    return lengthOf(operationCode);
  }

  /// CDB usage data.
  public byte[] usage() {
    return HexFormat.ofDelimiter(" ").parseHex(usageHex);
  }
}
