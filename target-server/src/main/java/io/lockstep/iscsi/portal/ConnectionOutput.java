package io.lockstep.iscsi.portal;

import io.lockstep.block.ring.GatheredOutput;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.PduEncoder;
import io.lockstep.iscsi.session.SessionOutput;
import io.netty.channel.Channel;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sending side of a connection: PDUs as bytes in a [GatheredOutput], long payloads from where
/// they lie. Belongs to the loop the channel is registered on.
final class ConnectionOutput implements SessionOutput {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionOutput.class);

  /// Commands of one connection that are logged because they could not be read: a host may send
  /// the same one for ever.
  private static final int FAULTS_LOGGED_MAX = 10;

  private final Channel channel;
  private final GatheredOutput bytes;
  private final PduEncoder encoder = new PduEncoder();
  private int faultCount;

  /// @param whenWritable runs on the loop when [#isWritable] may be so again; the channel tells too
  ConnectionOutput(Channel channel, RingLoop loop, PortalLimits limits, Runnable whenWritable) {
    this.channel = channel;
    this.bytes =
        new GatheredOutput(
            channel,
            loop,
            new GatheredOutput.Limits(limits.unsentCopiedBytesMax(), limits.closeNanosMax()),
            whenWritable);
  }

  /// The channel has moved to another loop; nothing is queued at that moment.
  void moveTo(RingLoop newLoop) {
    bytes.moveTo(newLoop);
  }

  void digests(boolean header, boolean data) {
    encoder.configure(header, data);
  }

  @Override
  public void send(BasicHeader header, ByteBuffer data) {
    if (!bytes.isClosed()) {
      ByteBuffer room = bytes.room(PduEncoder.bytesMax(data.remaining()));
      encoder.put(header, data, room);
      bytes.put(room);
    }
  }

  @Override
  public void sendPayload(BasicHeader header, ByteBuffer payload, @Nullable Runnable sent) {
    if (bytes.copies(payload.remaining())) {
      send(header, payload);
      if (sent != null) {
        bytes.thenRun(sent);
      }
      return;
    }
    ByteBuffer head = bytes.room(PduEncoder.HEAD_BYTES_MAX);
    encoder.putHead(header, payload.remaining(), head);
    bytes.put(head);
    bytes.sendPayload(payload, sent);
    ByteBuffer tail = bytes.room(PduEncoder.TAIL_BYTES_MAX);
    encoder.putTail(payload, tail);
    bytes.put(tail);
  }

  /// Hands everything queued to the socket now.
  void flush() {
    bytes.flush();
  }

  /// Hands everything queued to the socket and runs `done` once it has left.
  void flushThen(Runnable done) {
    bytes.flushThen(done);
  }

  @Override
  public boolean isWritable() {
    return bytes.isWritable();
  }

  @Override
  public void faulted(String what, RuntimeException cause) {
    faultCount++;
    if (faultCount <= FAULTS_LOGGED_MAX) {
      String rest = faultCount == FAULTS_LOGGED_MAX ? "; more of them are not logged" : "";
      LOG.error(
          "{} {}: a fault here ends the command{}", channel.remoteAddress(), what, rest, cause);
    }
  }

  @Override
  public void close(String why) {
    bytes.close(why);
  }

  /// The channel is gone: what was queued is dropped.
  void lost() {
    bytes.lost();
  }

  /// Why this side closed; empty if it did not.
  String closedWhy() {
    return bytes.closedWhy();
  }
}
