package io.lockstep.iscsi.pdu;

import java.nio.ByteBuffer;

/// What targets send (RFC 7143 11.4, 11.6 to 11.9, 11.11, 11.13, 11.15, 11.17, 11.19).
///
/// A `data` buffer is the data segment without padding, from position to limit; nobody changes it.
public sealed interface TargetPdu extends Pdu
    permits TargetPdu.NopIn,
        TargetPdu.TaskManagementResponse,
        TargetPdu.LoginResponse,
        TargetPdu.TextResponse,
        TargetPdu.LogoutResponse,
        TargetPdu.AsyncMessage,
        TargetPdu.Reject,
        ScsiResponse,
        DataIn,
        R2t {
  int FINAL = 0x80;
  int CONTINUE = 0x40;

  /// A ping's answer, or a ping (RFC 7143 11.19).
  ///
  /// ```
  ///  8 | LUN                    16 | InitiatorTaskTag, NO_TAG: not an answer
  /// 20 | TargetTransferTag, NO_TAG: no answer wanted
  /// ```
  record NopIn(long lun, int initiatorTaskTag, int targetTransferTag, ByteBuffer data)
      implements TargetPdu {
    public static NopIn read(BasicHeader header, ByteBuffer data) {
      return new NopIn(header.lun(), header.initiatorTaskTag(), header.targetTransferTag(), data);
    }

    @Override
    public Opcode opcode() {
      return Opcode.NOP_IN;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .put8(1, FINAL)
          .lun(lun)
          .initiatorTaskTag(initiatorTaskTag)
          .targetTransferTag(targetTransferTag);
    }
  }

  /// How a task management function ended (RFC 7143 11.6).
  ///
  /// ```
  ///  2 | Response               16 | InitiatorTaskTag
  /// ```
  record TaskManagementResponse(int response, int initiatorTaskTag) implements TargetPdu {
    public static final int FUNCTION_COMPLETE = 0;
    public static final int TASK_DOES_NOT_EXIST = 1;
    public static final int LUN_DOES_NOT_EXIST = 2;
    public static final int TASK_STILL_ALLEGIANT = 3;
    public static final int REASSIGNMENT_NOT_SUPPORTED = 4;
    public static final int FUNCTION_NOT_SUPPORTED = 5;
    public static final int AUTHORIZATION_FAILED = 6;
    public static final int FUNCTION_REJECTED = 255;

    public static TaskManagementResponse read(BasicHeader header) {
      return new TaskManagementResponse(header.u8(2), header.initiatorTaskTag());
    }

    @Override
    public Opcode opcode() {
      return Opcode.TASK_MANAGEMENT_RESPONSE;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header.start(opcode()).put8(1, FINAL).put8(2, response).initiatorTaskTag(initiatorTaskTag);
    }
  }

  /// A step of the login phase (RFC 7143 11.13).
  ///
  /// ```
  ///  1 |T|C|.|.|CSG|NSG|         2 | VersionMax              3 | VersionActive
  ///  8 | ISID (6 bytes)         14 | TSIH (2 bytes)         16 | InitiatorTaskTag
  /// 36 | StatusClass            37 | StatusDetail
  /// ```
  record LoginResponse(
      boolean transit,
      boolean continues,
      int currentStage,
      int nextStage,
      int versionMax,
      int versionActive,
      long isid,
      int tsih,
      int initiatorTaskTag,
      int status,
      ByteBuffer data)
      implements TargetPdu {
    public static LoginResponse read(BasicHeader header, ByteBuffer data) {
      return new LoginResponse(
          header.bit(1, FINAL),
          header.bit(1, CONTINUE),
          (header.u8(1) >> 2) & 3,
          header.u8(1) & 3,
          header.u8(2),
          header.u8(3),
          header.i64(8) >>> 16,
          header.u16(14),
          header.initiatorTaskTag(),
          header.u16(36),
          data);
    }

    @Override
    public Opcode opcode() {
      return Opcode.LOGIN_RESPONSE;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .put8(1, (currentStage << 2) | nextStage)
          .putBit(1, FINAL, transit)
          .putBit(1, CONTINUE, continues)
          .put8(2, versionMax)
          .put8(3, versionActive)
          .put64(8, (isid << 16) | tsih)
          .initiatorTaskTag(initiatorTaskTag)
          .put16(36, status);
    }
  }

  /// Text keys in the full feature phase (RFC 7143 11.11).
  ///
  /// ```
  ///  1 |F|C|                     8 | LUN
  /// 16 | InitiatorTaskTag       20 | TargetTransferTag, NO_TAG: the negotiation is over
  /// ```
  record TextResponse(
      boolean isFinal,
      boolean continues,
      long lun,
      int initiatorTaskTag,
      int targetTransferTag,
      ByteBuffer data)
      implements TargetPdu {
    public static TextResponse read(BasicHeader header, ByteBuffer data) {
      return new TextResponse(
          header.bit(1, FINAL),
          header.bit(1, CONTINUE),
          header.lun(),
          header.initiatorTaskTag(),
          header.targetTransferTag(),
          data);
    }

    @Override
    public Opcode opcode() {
      return Opcode.TEXT_RESPONSE;
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

  /// The answer to a logout (RFC 7143 11.15).
  ///
  /// ```
  ///  2 | Response               16 | InitiatorTaskTag
  /// 40 | Time2Wait (2 bytes)    42 | Time2Retain (2 bytes)
  /// ```
  record LogoutResponse(
      int response, int initiatorTaskTag, int time2WaitSeconds, int time2RetainSeconds)
      implements TargetPdu {
    public static final int CLOSED = 0;
    public static final int CID_NOT_FOUND = 1;
    public static final int RECOVERY_NOT_SUPPORTED = 2;

    public static LogoutResponse read(BasicHeader header) {
      return new LogoutResponse(
          header.u8(2), header.initiatorTaskTag(), header.u16(40), header.u16(42));
    }

    @Override
    public Opcode opcode() {
      return Opcode.LOGOUT_RESPONSE;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .put8(1, FINAL)
          .put8(2, response)
          .initiatorTaskTag(initiatorTaskTag)
          .put16(40, time2WaitSeconds)
          .put16(42, time2RetainSeconds);
    }
  }

  /// News from the target (RFC 7143 11.9).
  ///
  /// ```
  ///  8 | LUN                    16 | NO_TAG                 36 | AsyncEvent
  /// 37 | AsyncVCode             38 | Parameter1 (2 bytes)
  /// 40 | Parameter2 (2 bytes)   42 | Parameter3 (2 bytes)
  /// ```
  record AsyncMessage(int event, long lun, int parameter1, int parameter2, int parameter3)
      implements TargetPdu {
    public static final int REQUEST_LOGOUT = 1;
    public static final int DROP_CONNECTION = 2;

    /// The target drops the session; parameter 2 is Time2Wait, parameter 3 Time2Retain.
    public static final int DROP_SESSION = 3;

    public static AsyncMessage read(BasicHeader header) {
      return new AsyncMessage(
          header.u8(36), header.lun(), header.u16(38), header.u16(40), header.u16(42));
    }

    @Override
    public Opcode opcode() {
      return Opcode.ASYNC_MESSAGE;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .put8(1, FINAL)
          .lun(lun)
          .initiatorTaskTag(BasicHeader.NO_TAG)
          .put8(36, event)
          .put16(38, parameter1)
          .put16(40, parameter2)
          .put16(42, parameter3);
    }
  }

  /// A PDU that is refused as such (RFC 7143 11.17); the data segment is its header.
  ///
  /// ```
  ///  2 | Reason                 16 | NO_TAG                 36 | DataSN or R2TSN
  /// ```
  record Reject(int reason, int dataSn, ByteBuffer data) implements TargetPdu {
    public static Reject read(BasicHeader header, ByteBuffer data) {
      return new Reject(header.u8(2), header.i32(36), data);
    }

    @Override
    public Opcode opcode() {
      return Opcode.REJECT;
    }

    @Override
    public void writeTo(BasicHeader header) {
      header
          .start(opcode())
          .put8(1, FINAL)
          .put8(2, reason)
          .initiatorTaskTag(BasicHeader.NO_TAG)
          .put32(36, dataSn);
    }
  }
}
