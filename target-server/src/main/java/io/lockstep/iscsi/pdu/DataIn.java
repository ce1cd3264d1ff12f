package io.lockstep.iscsi.pdu;

/// SCSI Data-In (RFC 7143 11.7), mutable: one object a connection.
///
/// ```
///  1 |F|A|.|.|.|O|U|S|         3 | Status, if S
///  8 | LUN                    16 | InitiatorTaskTag       20 | TargetTransferTag
/// 36 | DataSN                 40 | BufferOffset           44 | ResidualCount, if S
/// ```
public final class DataIn implements TargetPdu {
  private static final int STATUS = 0x01;

  /// Last PDU of its sequence.
  public boolean isFinal;

  /// Whether the status of the command travels along; then the header carries a StatSN.
  public boolean hasStatus;

  public int status;
  public int initiatorTaskTag;
  public int dataSn;
  public int bufferOffset;

  /// Negative for underflow, positive for overflow; only with a status.
  public long residual;

  /// Fills this object.
  public void read(BasicHeader header) {
    isFinal = header.isFinal();
    hasStatus = header.bit(1, STATUS);
    status = header.u8(3);
    initiatorTaskTag = header.initiatorTaskTag();
    dataSn = header.i32(36);
    bufferOffset = header.i32(40);
    residual = Residual.read(header);
  }

  @Override
  public Opcode opcode() {
    return Opcode.DATA_IN;
  }

  @Override
  public void writeTo(BasicHeader header) {
    header
        .start(opcode())
        .putBit(1, FINAL, isFinal)
        .initiatorTaskTag(initiatorTaskTag)
        .targetTransferTag(BasicHeader.NO_TAG)
        .put32(36, dataSn)
        .put32(40, bufferOffset);
    if (hasStatus) {
      header.putBit(1, STATUS, true).put8(3, status);
      Residual.write(header, residual);
    }
  }
}
