package io.lockstep.iscsi.session;

import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.pdu.DataIn;
import io.lockstep.iscsi.pdu.ScsiResponse;
import io.lockstep.scsi.ScsiResult;
import java.nio.ByteBuffer;

/// Sends how a command ended: its data cut into Data-In PDUs, the status with the last of them
/// where RFC 7143 allows it (11.7.3), else in a SCSI Response with the sense data.
///
/// Residual counts (RFC 7143 11.4.5): what the command would move, less what the initiator
/// expected.
final class TaskResponder {
  private static final int STATUS_GOOD = 0;
  private static final int SENSE_BYTES_MAX = 252;

  private final PduSender sender;
  private final int maxBurstLength;
  private final DataIn dataIn = new DataIn();
  private final ScsiResponse response = new ScsiResponse();
  private final ByteBuffer senseSegment = ByteBuffer.allocate(2 + SENSE_BYTES_MAX);
  private int segmentBytesMax;

  TaskResponder(PduSender sender, SessionParameters parameters) {
    this.sender = sender;
    this.maxBurstLength = parameters.maxBurstLength();
    this.segmentBytesMax = parameters.initiatorDataSegmentBytesMax();
  }

  void initiatorDataSegmentBytesMax(int bytesMax) {
    segmentBytesMax = bytesMax;
  }

  /// Queues everything the initiator gets for this task.
  ///
  /// @return whether the task's data-in buffer was queued, to be given back when it was sent
  boolean respond(SessionTask task) {
    ScsiResult outcome = task.outcome();
    if (outcome instanceof ScsiResult.Aborted) {
      return false;
    }
    ByteBuffer produced = task.takeDataIn();
    task.payload = produced;
    int producedBytes = produced == null ? 0 : produced.remaining();
    long moved = task.writes ? task.dataOutBytes() : producedBytes;
    long residual = moved - task.expectedBytes;
    int sendBytes = task.reads ? (int) Math.min(producedBytes, task.expectedBytes) : 0;
    boolean collapses = sendBytes > 0 && outcome instanceof ScsiResult.Good;
    if (produced != null && sendBytes > 0) {
      sendData(task, produced, sendBytes, collapses ? residual : Long.MIN_VALUE);
    }
    if (!collapses) {
      sendResponse(task, residual);
    }
    return sendBytes > 0;
  }

  private void sendData(SessionTask task, ByteBuffer data, int bytes, long residual) {
    int start = data.position();
    int sentBytes = 0;
    while (sentBytes < bytes) {
      int burstEnd = Math.min(bytes, (sentBytes / maxBurstLength + 1) * maxBurstLength);
      int length = Math.min(segmentBytesMax, burstEnd - sentBytes);
      boolean last = sentBytes + length == bytes;
      dataIn.isFinal = sentBytes + length == burstEnd;
      dataIn.hasStatus = last && residual != Long.MIN_VALUE;
      dataIn.status = STATUS_GOOD;
      dataIn.residual = dataIn.hasStatus ? residual : 0;
      dataIn.initiatorTaskTag = task.initiatorTaskTag;
      dataIn.dataSn = task.sentDataSn++;
      dataIn.bufferOffset = sentBytes;
      data.limit(start + sentBytes + length).position(start + sentBytes);
      sender.sendDataIn(dataIn, dataIn.hasStatus, data, last ? task : null);
      sentBytes += length;
    }
  }

  private void sendResponse(SessionTask task, long residual) {
    response.response = ScsiResponse.COMPLETED_AT_TARGET;
    response.status = task.outcome().statusCode();
    response.initiatorTaskTag = task.initiatorTaskTag;
    response.expDataSn = task.sentDataSn;
    response.residual = residual;
    byte[] sense = task.outcomeSense();
    int length = Math.min(sense.length, SENSE_BYTES_MAX);
    if (length == 0) {
      sender.sendStatus(response, PduSender.NO_DATA);
      return;
    }
    senseSegment.clear().putShort((short) length).put(sense, 0, length).flip();
    sender.sendStatus(response, senseSegment);
  }
}
