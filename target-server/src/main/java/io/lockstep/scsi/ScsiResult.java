package io.lockstep.scsi;

/// How a command ended: SAM-5 status, with sense data where there is some. A refusal is an answer
/// with a name, never an exception. Immutable.
public sealed interface ScsiResult {
  /// GOOD (00h).
  record Good() implements ScsiResult {
    private static final Good INSTANCE = new Good();
  }

  /// CHECK CONDITION (02h).
  ///
  /// @param key sense key
  /// @param asc additional sense code
  /// @param ascq additional sense code qualifier
  /// @param detail what the INFORMATION or SENSE KEY SPECIFIC field says
  record CheckCondition(SenseKey key, int asc, int ascq, Detail detail) implements ScsiResult {}

  /// BUSY (08h): try again.
  record Busy() implements ScsiResult {}

  /// RESERVATION CONFLICT (18h).
  record ReservationConflict() implements ScsiResult {}

  /// TASK SET FULL (28h).
  record TaskSetFull() implements ScsiResult {}

  /// The task was aborted; no status is sent (SAM-5 5.6).
  record Aborted() implements ScsiResult {
    private static final Aborted INSTANCE = new Aborted();
  }

  /// What sense data says beside key and codes (SPC-4 4.5.2).
  sealed interface Detail {
    /// Nothing.
    record None() implements Detail {
      private static final None INSTANCE = new None();
    }

    /// INFORMATION field.
    record Information(long value) implements Detail {}

    /// SENSE KEY SPECIFIC, field pointer: the byte (and bit, or -1) at fault.
    record FieldPointer(boolean inCdb, int byteIndex, int bit) implements Detail {}
  }

  /// The one good result.
  static ScsiResult good() {
    return Good.INSTANCE;
  }

  /// The command was aborted.
  static ScsiResult aborted() {
    return Aborted.INSTANCE;
  }

  /// The status byte; [Aborted] has none.
  default int statusCode() {
    return switch (this) {
      case Good _ -> 0x00;
      case CheckCondition _ -> 0x02;
      case Busy _ -> 0x08;
      case ReservationConflict _ -> 0x18;
      case TaskSetFull _ -> 0x28;
      case Aborted _ -> 0x40;
    };
  }

  private static CheckCondition illegal(int asc, int ascq) {
    return new CheckCondition(SenseKey.ILLEGAL_REQUEST, asc, ascq, Detail.None.INSTANCE);
  }

  static CheckCondition invalidOperationCode() {
    return illegal(0x20, 0x00);
  }

  static CheckCondition lbaOutOfRange(long lba) {
    return new CheckCondition(SenseKey.ILLEGAL_REQUEST, 0x21, 0x00, new Detail.Information(lba));
  }

  /// INVALID FIELD IN CDB; `bit` is -1 for the whole byte.
  static CheckCondition invalidFieldInCdb(int byteIndex, int bit) {
    return new CheckCondition(
        SenseKey.ILLEGAL_REQUEST, 0x24, 0x00, new Detail.FieldPointer(true, byteIndex, bit));
  }

  static CheckCondition invalidFieldInParameterList(int byteIndex) {
    return new CheckCondition(
        SenseKey.ILLEGAL_REQUEST, 0x26, 0x00, new Detail.FieldPointer(false, byteIndex, -1));
  }

  static CheckCondition parameterListLengthError() {
    return illegal(0x1A, 0x00);
  }

  static CheckCondition savingParametersNotSupported() {
    return illegal(0x39, 0x00);
  }

  static CheckCondition logicalUnitNotSupported() {
    return illegal(0x25, 0x00);
  }

  /// Nothing to tell, as REQUEST SENSE says it.
  static CheckCondition noSense() {
    return new CheckCondition(SenseKey.NO_SENSE, 0, 0, Detail.None.INSTANCE);
  }

  /// The initiator sent fewer data than the CDB asks for (INVALID FIELD IN COMMAND INFORMATION
  /// UNIT).
  static CheckCondition tooLittleData() {
    return illegal(0x0E, 0x03);
  }

  /// LOGICAL UNIT NOT ACCESSIBLE, ASYMMETRIC ACCESS STATE TRANSITION: hosts try again.
  static CheckCondition transitioning() {
    return new CheckCondition(SenseKey.NOT_READY, 0x04, 0x0A, Detail.None.INSTANCE);
  }

  /// LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN STANDBY STATE.
  static CheckCondition standby() {
    return new CheckCondition(SenseKey.NOT_READY, 0x04, 0x0B, Detail.None.INSTANCE);
  }

  /// LOGICAL UNIT NOT ACCESSIBLE, TARGET PORT IN UNAVAILABLE STATE.
  static CheckCondition unavailable() {
    return new CheckCondition(SenseKey.NOT_READY, 0x04, 0x0C, Detail.None.INSTANCE);
  }

  /// LOGICAL UNIT NOT READY, MANUAL INTERVENTION REQUIRED: no path will help, a person must.
  static CheckCondition manualIntervention() {
    return new CheckCondition(SenseKey.NOT_READY, 0x04, 0x03, Detail.None.INSTANCE);
  }

  static CheckCondition miscompare(long byteOffset) {
    return new CheckCondition(SenseKey.MISCOMPARE, 0x1D, 0x00, new Detail.Information(byteOffset));
  }

  static CheckCondition writeProtected() {
    return new CheckCondition(SenseKey.DATA_PROTECT, 0x27, 0x00, Detail.None.INSTANCE);
  }

  /// SPACE ALLOCATION FAILED WRITE PROTECT (thin backing store is full).
  static CheckCondition spaceAllocationFailed() {
    return new CheckCondition(SenseKey.DATA_PROTECT, 0x27, 0x07, Detail.None.INSTANCE);
  }

  static CheckCondition readError() {
    return new CheckCondition(SenseKey.MEDIUM_ERROR, 0x11, 0x00, Detail.None.INSTANCE);
  }

  static CheckCondition writeError() {
    return new CheckCondition(SenseKey.MEDIUM_ERROR, 0x0C, 0x00, Detail.None.INSTANCE);
  }

  /// INTERNAL TARGET FAILURE.
  static CheckCondition internalTargetFailure() {
    return new CheckCondition(SenseKey.HARDWARE_ERROR, 0x44, 0x00, Detail.None.INSTANCE);
  }

  static CheckCondition unitAttention(UnitAttention attention) {
    return new CheckCondition(
        SenseKey.UNIT_ATTENTION, attention.asc(), attention.ascq(), Detail.None.INSTANCE);
  }
}
