package io.lockstep.iscsi.pdu;

import java.nio.ByteBuffer;

/// What initiators send (RFC 7143 11.3, 11.5, 11.7, 11.10, 11.12, 11.14, 11.16, 11.18).
///
/// A `data` buffer is the data segment without padding, from position to limit; nobody changes it.
public sealed interface InitiatorPdu extends Pdu
    permits InitiatorPdu.NopOut,
        InitiatorPdu.TaskManagementRequest,
        InitiatorPdu.LoginRequest,
        InitiatorPdu.TextRequest,
        InitiatorPdu.LogoutRequest,
        InitiatorPdu.SnackRequest,
        ScsiCommand,
        DataOut {
  int FINAL = 0x80;
  int CONTINUE = 0x40;

  /// A ping, or the answer to one (RFC 7143 11.18).
  ///
  /// ```
  ///  8 | LUN                    16 | InitiatorTaskTag, NO_TAG: no answer wanted
  /// 20 | TargetTransferTag, NO_TAG: not an answer
  /// ```
  record NopOut(long lun, int initiatorTaskTag, int targetTransferTag, ByteBuffer data)
      implements InitiatorPdu {
    public static NopOut read(BasicHeader header, ByteBuffer data) {
      return new NopOut(header.lun(), header.initiatorTaskTag(), header.targetTransferTag(), data);
    }

    @Override
    public Opcode opcode() {
      return Opcode.NOP_OUT;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .put8(BasicHeader.FLAGS, FINAL)
          .lun(lun)
          .initiatorTaskTag(initiatorTaskTag)
          .targetTransferTag(targetTransferTag);
    }
  }

  /// A task management function (RFC 7143 11.5).
  ///
  /// ```
  ///  1 |1| Function (7 bits)     8 | LUN
  /// 16 | InitiatorTaskTag       20 | ReferencedTaskTag
  /// 32 | RefCmdSN               36 | ExpDataSN
  /// ```
  record TaskManagementRequest(
      int function,
      long lun,
      int initiatorTaskTag,
      int referencedTaskTag,
      int refCmdSn,
      int expDataSn)
      implements InitiatorPdu {
    public static final int ABORT_TASK = 1;
    public static final int ABORT_TASK_SET = 2;
    public static final int CLEAR_ACA = 3;
    public static final int CLEAR_TASK_SET = 4;
    public static final int LOGICAL_UNIT_RESET = 5;
    public static final int TARGET_WARM_RESET = 6;
    public static final int TARGET_COLD_RESET = 7;
    public static final int TASK_REASSIGN = 8;

    public static TaskManagementRequest read(BasicHeader header) {
      return new TaskManagementRequest(
          header.u8(1) & 0x7f,
          header.lun(),
          header.initiatorTaskTag(),
          header.i32(20),
          header.i32(32),
          header.i32(36));
    }

    @Override
    public Opcode opcode() {
      return Opcode.TASK_MANAGEMENT_REQUEST;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .put8(1, FINAL | function)
          .lun(lun)
          .initiatorTaskTag(initiatorTaskTag)
          .put32(20, referencedTaskTag)
          .put32(32, refCmdSn)
          .put32(36, expDataSn);
    }
  }

  /// A step of the login phase (RFC 7143 11.12).
  ///
  /// ```
  ///  1 |T|C|.|.|CSG|NSG|         2 | VersionMax              3 | VersionMin
  ///  8 | ISID (6 bytes)         14 | TSIH (2 bytes)
  /// 16 | InitiatorTaskTag       20 | CID (2 bytes)
  /// ```
  record LoginRequest(
      boolean transit,
      boolean continues,
      int currentStage,
      int nextStage,
      int versionMax,
      int versionMin,
      long isid,
      int tsih,
      int initiatorTaskTag,
      int cid,
      ByteBuffer data)
      implements InitiatorPdu {
    public static LoginRequest read(BasicHeader header, ByteBuffer data) {
      return new LoginRequest(
          header.bit(1, FINAL),
          header.bit(1, CONTINUE),
          (header.u8(1) >> 2) & 3,
          header.u8(1) & 3,
          header.u8(2),
          header.u8(3),
          header.i64(8) >>> 16,
          header.u16(14),
          header.initiatorTaskTag(),
          header.u16(20),
          data);
    }

    @Override
    public Opcode opcode() {
      return Opcode.LOGIN_REQUEST;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .immediate(true)
          .put8(1, (currentStage << 2) | nextStage)
          .putBit(1, FINAL, transit)
          .putBit(1, CONTINUE, continues)
          .put8(2, versionMax)
          .put8(3, versionMin)
          .put64(8, (isid << 16) | tsih)
          .initiatorTaskTag(initiatorTaskTag)
          .put16(20, cid);
    }
  }

  /// Text keys in the full feature phase (RFC 7143 11.10).
  ///
  /// ```
  ///  1 |F|C|                     8 | LUN
  /// 16 | InitiatorTaskTag       20 | TargetTransferTag, NO_TAG: a new negotiation
  /// ```
  record TextRequest(
      boolean isFinal,
      boolean continues,
      long lun,
      int initiatorTaskTag,
      int targetTransferTag,
      ByteBuffer data)
      implements InitiatorPdu {
    public static TextRequest read(BasicHeader header, ByteBuffer data) {
      return new TextRequest(
          header.bit(1, FINAL),
          header.bit(1, CONTINUE),
          header.lun(),
          header.initiatorTaskTag(),
          header.targetTransferTag(),
          data);
    }

    @Override
    public Opcode opcode() {
      return Opcode.TEXT_REQUEST;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .putBit(1, FINAL, isFinal)
          .putBit(1, CONTINUE, continues)
          .lun(lun)
          .initiatorTaskTag(initiatorTaskTag)
          .targetTransferTag(targetTransferTag);
    }
  }

  /// The end of a connection or session (RFC 7143 11.14).
  ///
  /// ```
  ///  1 |1| ReasonCode (7 bits)  16 | InitiatorTaskTag       20 | CID (2 bytes)
  /// ```
  record LogoutRequest(int reason, int initiatorTaskTag, int cid) implements InitiatorPdu {
    public static final int CLOSE_SESSION = 0;
    public static final int CLOSE_CONNECTION = 1;
    public static final int REMOVE_FOR_RECOVERY = 2;

    public static LogoutRequest read(BasicHeader header) {
      return new LogoutRequest(header.u8(1) & 0x7f, header.initiatorTaskTag(), header.u16(20));
    }

    @Override
    public Opcode opcode() {
      return Opcode.LOGOUT_REQUEST;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .put8(1, FINAL | reason)
          .initiatorTaskTag(initiatorTaskTag)
          .put16(20, cid);
    }
  }

  /// A wish for lost PDUs (RFC 7143 11.16); only for error recovery levels above ours.
  ///
  /// ```
  ///  1 |1|.|.|.| Type (4 bits)   8 | LUN
  /// 16 | InitiatorTaskTag       20 | TargetTransferTag
  /// 40 | BegRun                 44 | RunLength
  /// ```
  record SnackRequest(
      int type, long lun, int initiatorTaskTag, int targetTransferTag, int begRun, int runLength)
      implements InitiatorPdu {
    public static SnackRequest read(BasicHeader header) {
      return new SnackRequest(
          header.u8(1) & 0x0f,
          header.lun(),
          header.initiatorTaskTag(),
          header.targetTransferTag(),
          header.i32(40),
          header.i32(44));
    }

    @Override
    public Opcode opcode() {
      return Opcode.SNACK_REQUEST;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .put8(1, FINAL | type)
          .lun(lun)
          .initiatorTaskTag(initiatorTaskTag)
          .targetTransferTag(targetTransferTag)
          .put32(40, begRun)
          .put32(44, runLength);
    }
  }
}
