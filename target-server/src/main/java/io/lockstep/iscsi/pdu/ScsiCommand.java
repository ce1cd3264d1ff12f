package io.lockstep.iscsi.pdu;

/// SCSI Command (RFC 7143 11.3), mutable: one object a connection.
///
/// ```
///  1 |F|R|W|.|.| ATTR |        8 | LUN
/// 16 | InitiatorTaskTag       20 | ExpectedDataTransferLength
/// 32 | CDB (16 bytes; a longer one goes on in an additional header segment)
/// ```
public final class ScsiCommand implements InitiatorPdu {
  private static final int CDB = 32;

  /// The part of a CDB that the basic header has room for.
  public static final int CDB_BYTES = 16;

  /// No unsolicited Data-Out follows.
  public boolean isFinal;

  /// The initiator expects data from the target.
  public boolean reads;

  /// The initiator has data for the target.
  public boolean writes;

  /// 0 untagged, 1 SIMPLE, 2 ORDERED, 3 HEAD OF QUEUE, 4 ACA.
  public int attribute;

  public long lun;
  public int initiatorTaskTag;

  /// Unsigned 32 bits.
  public long expectedDataTransferLength;

  public final byte[] cdb = new byte[CDB_BYTES];

  /// Fills this object.
  public void read(BasicHeader header) {
    int flags = header.u8(1);
    isFinal = (flags & FINAL) != 0;
    reads = (flags & 0x40) != 0;
    writes = (flags & 0x20) != 0;
    attribute = flags & 0x07;
    lun = header.lun();
    initiatorTaskTag = header.initiatorTaskTag();
    expectedDataTransferLength = header.i32(20) & 0xffff_ffffL;
    System.arraycopy(header.bytes(), CDB, cdb, 0, CDB_BYTES);
  }

  @Override
  public Opcode opcode() {
    return Opcode.SCSI_COMMAND;
  }

  @Override
  public void writeTo(BasicHeader header) {
    header
        .start(opcode())
        .put8(1, attribute)
        .putBit(1, FINAL, isFinal)
        .putBit(1, 0x40, reads)
        .putBit(1, 0x20, writes)
        .lun(lun)
        .initiatorTaskTag(initiatorTaskTag)
        .put32(20, (int) expectedDataTransferLength);
    System.arraycopy(cdb, 0, header.bytes(), CDB, CDB_BYTES);
  }
}
