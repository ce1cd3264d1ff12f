package io.lockstep.iscsi.pdu;

import org.jspecify.annotations.Nullable;

/// The operation codes of RFC 7143 11.2.1.2: the low six bits of a PDU's first byte. Those below
/// 0x20 come from initiators, the others from targets.
public enum Opcode {
  NOP_OUT(0x00),
  SCSI_COMMAND(0x01),
  TASK_MANAGEMENT_REQUEST(0x02),
  LOGIN_REQUEST(0x03),
  TEXT_REQUEST(0x04),
  DATA_OUT(0x05),
  LOGOUT_REQUEST(0x06),
  SNACK_REQUEST(0x10),

  NOP_IN(0x20),
  SCSI_RESPONSE(0x21),
  TASK_MANAGEMENT_RESPONSE(0x22),
  LOGIN_RESPONSE(0x23),
  TEXT_RESPONSE(0x24),
  DATA_IN(0x25),
  LOGOUT_RESPONSE(0x26),
  R2T(0x31),
  ASYNC_MESSAGE(0x32),
  REJECT(0x3f);

  private static final int CODE_COUNT = 0x40;
  private static final @Nullable Opcode[] BY_CODE = new @Nullable Opcode[CODE_COUNT];

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
  }

  private final int code;

  Opcode(int code) {
    this.code = code;
  }

  /// The value on the wire.
  public int code() {
    return code;
  }

  /// The operation code with this number, or null where RFC 7143 has none.
  public static @Nullable Opcode of(int code) {
    return BY_CODE[code & 0x3f];
  }
}
