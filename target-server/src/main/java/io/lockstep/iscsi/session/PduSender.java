package io.lockstep.iscsi.session;

import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.Pdu;
import io.lockstep.iscsi.pdu.RejectReason;
import io.lockstep.iscsi.pdu.TargetPdu.Reject;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Stamps the numbers on what a session sends (RFC 7143 4.2.2): StatSN counts the PDUs that carry a
/// status, the window travels with each.
final class PduSender {
  static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);

  private final SessionOutput output;
  private final CommandWindow window;
  private final BasicHeader header = new BasicHeader();
  private int statSn;

  PduSender(SessionOutput output, CommandWindow window, int firstStatSn) {
    this.output = output;
    this.window = window;
    this.statSn = firstStatSn;
  }

  /// Sends a PDU that takes a StatSN.
  void sendStatus(Pdu pdu, ByteBuffer data) {
    pdu.writeTo(header);
    header.targetNumbers(statSn++, window.expCmdSn(), window.maxCmdSn());
    output.send(header, data);
  }

  /// Sends a PDU that tells the next StatSN but does not take it (R2T, a ping).
  void sendWithoutStatus(Pdu pdu, ByteBuffer data) {
    pdu.writeTo(header);
    header.targetNumbers(statSn, window.expCmdSn(), window.maxCmdSn());
    output.send(header, data);
  }

  /// Sends a Data-In, with its status or without.
  void sendDataIn(Pdu pdu, boolean hasStatus, ByteBuffer payload, @Nullable Runnable sent) {
    pdu.writeTo(header);
    int number = hasStatus ? statSn++ : 0;
    header.targetNumbers(number, window.expCmdSn(), window.maxCmdSn());
    output.sendPayload(header, payload, sent);
  }

  /// Has a command logged that could not be read.
  void faulted(String what, RuntimeException cause) {
    output.faulted(what, cause);
  }

  /// Refuses a PDU as such.
  void reject(BasicHeader refused, RejectReason reason) {
    ByteBuffer copy = refused.toBuffer();
    sendStatus(new Reject(reason.code(), 0, copy), copy);
  }
}
