package io.lockstep.iscsi.pdu;

/// What a PDU says beyond the fields that all share. Two kinds of shape:
///
/// - records, immutable, for what happens a few times a session;
/// - the mutable forms [ScsiCommand], [DataOut], [DataIn], [R2t] and [ScsiResponse] for the data
///   path, one object a connection, so that an I/O allocates nothing for its PDUs.
///
/// The numbers that travel in each header (CmdSN, ExpStatSN; StatSN, ExpCmdSN, MaxCmdSN) belong to
/// the session, not to a PDU: they are read from and stamped on the [BasicHeader].
public sealed interface Pdu permits InitiatorPdu, TargetPdu {
  Opcode opcode();

  /// Fills the whole header but the shared numbers and the lengths; reserved bytes become zero.
  void writeTo(BasicHeader header);
}
