package io.lockstep.iscsi.pdu;

/// SCSI Data-Out (RFC 7143 11.7), mutable: one object a connection.
///
/// ```
///  1 |F|                       8 | LUN
/// 16 | InitiatorTaskTag       20 | TargetTransferTag, NO_TAG: unsolicited
/// 36 | DataSN                 40 | BufferOffset
/// ```
public final class DataOut implements InitiatorPdu {
  public boolean isFinal;
  public long lun;
  public int initiatorTaskTag;
  public int targetTransferTag;
  public int dataSn;

  /// Unsigned 32 bits.
  public long bufferOffset;

  /// Fills this object.
  public void read(BasicHeader header) {
    isFinal = header.isFinal();
    lun = header.lun();
    initiatorTaskTag = header.initiatorTaskTag();
    targetTransferTag = header.targetTransferTag();
    dataSn = header.i32(36);
    bufferOffset = header.i32(40) & 0xffff_ffffL;
  }

  @Override
  public Opcode opcode() {
    return Opcode.DATA_OUT;
  }

  @Override
  public void writeTo(BasicHeader header) {
    header
        .start(opcode())
        .putBit(1, FINAL, isFinal)
        .lun(lun)
        .initiatorTaskTag(initiatorTaskTag)
        .targetTransferTag(targetTransferTag)
        .put32(36, dataSn)
        .put32(40, (int) bufferOffset);
  }
}
