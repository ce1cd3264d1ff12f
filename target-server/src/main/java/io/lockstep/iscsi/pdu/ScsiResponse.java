package io.lockstep.iscsi.pdu;

/// SCSI Response (RFC 7143 11.4), mutable: one object a connection. Sense data, if any, is the data
/// segment: a length of two bytes, then the bytes.
///
/// ```
///  1 |1|.|.|o|u|O|U|.|         2 | Response                3 | Status
/// 16 | InitiatorTaskTag       36 | ExpDataSN              44 | ResidualCount
/// ```
public final class ScsiResponse implements TargetPdu {
  public static final int COMPLETED_AT_TARGET = 0;
  public static final int TARGET_FAILURE = 1;

  public int response;
  public int status;
  public int initiatorTaskTag;

  /// How many Data-In and R2T PDUs the task had.
  public int expDataSn;

  /// Negative for underflow, positive for overflow.
  public long residual;

  /// Fills this object.
  public void read(BasicHeader header) {
    response = header.u8(2);
    status = header.u8(3);
    initiatorTaskTag = header.initiatorTaskTag();
    expDataSn = header.i32(36);
    residual = Residual.read(header);
  }

  @Override
  public Opcode opcode() {
    return Opcode.SCSI_RESPONSE;
  }

  @Override
  public void writeTo(BasicHeader header) {
    header
        .start(opcode())
        .put8(1, FINAL)
        .put8(2, response)
        .put8(3, status)
        .initiatorTaskTag(initiatorTaskTag)
        .put32(36, expDataSn);
    Residual.write(header, residual);
  }
}
