package io.lockstep.iscsi.pdu;

/// Ready To Transfer (RFC 7143 11.8), mutable: one object a connection.
///
/// ```
///  8 | LUN                    16 | InitiatorTaskTag       20 | TargetTransferTag
/// 36 | R2TSN                  40 | BufferOffset           44 | DesiredDataTransferLength
/// ```
public final class R2t implements TargetPdu {
  public long lun;
  public int initiatorTaskTag;
  public int targetTransferTag;
  public int r2tSn;
  public int bufferOffset;
  public int desiredDataTransferLength;

  /// Fills this object.
  public void read(BasicHeader header) {
    lun = header.lun();
    initiatorTaskTag = header.initiatorTaskTag();
    targetTransferTag = header.targetTransferTag();
    r2tSn = header.i32(36);
    bufferOffset = header.i32(40);
    desiredDataTransferLength = header.i32(44);
  }

  @Override
  public Opcode opcode() {
    return Opcode.R2T;
  }

  @Override
  public void writeTo(BasicHeader header) {
    header
        .start(opcode())
        .put8(1, FINAL)
        .lun(lun)
        .initiatorTaskTag(initiatorTaskTag)
        .targetTransferTag(targetTransferTag)
        .put32(36, r2tSn)
        .put32(40, bufferOffset)
        .put32(44, desiredDataTransferLength);
  }
}
