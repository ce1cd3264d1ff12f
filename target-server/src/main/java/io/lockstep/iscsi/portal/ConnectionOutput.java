package io.lockstep.iscsi.portal;

import io.lockstep.block.Check;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.PduEncoder;
import io.lockstep.iscsi.session.SessionOutput;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelPromise;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The sending side of a connection. PDUs gather in a chunk; long payloads go to the socket from
/// where they lie, between two pieces of it. Whatever was queued in one turn of the loop leaves in
/// one flush at its end, or at the end of a read. A chunk goes on being filled after a flush, until
/// all of it has left: so however small the pieces, a connection whose bytes do not leave holds no
/// more memory than these, rounded up to a chunk.
///
/// Invariants: bytes leave in the order of the calls; each `sent` runs once, later than its call,
/// whether its payload left or not; after [#close] nothing more is queued. While more copied bytes
/// than the limit wait, no command is taken and no payload is copied: what is added then are the
/// heads and answers of the commands that are under way. Belongs to the loop the channel is
/// registered on.
final class ConnectionOutput implements SessionOutput {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionOutput.class);
  private static final int CHUNK_BYTES = 64 << 10;

  /// Commands of one connection that are logged because they could not be read: a host may send
  /// the same one for ever.
  private static final int FAULTS_LOGGED_MAX = 10;

  /// Up to here copying a payload is cheaper than one more entry in the socket's list.
  private static final int COPY_BYTES_MAX = 4 << 10;

  private final Channel channel;
  private final PortalLimits limits;
  private final PduEncoder encoder = new PduEncoder();
  private final ArrayDeque<Runnable> copied = new ArrayDeque<>();
  private final Runnable flush = this::flush;
  private RingLoop loop;
  private final Runnable whenWritable;
  private @Nullable ByteBuf chunk;

  /// Bytes of chunks that were written and have not left.
  private int copiedBytes;

  /// Whether somebody was told to pause because of them.
  private boolean full;
  private boolean flushScheduled;
  private int faultCount;
  private boolean closed;
  private String closedWhy = "";

  /// @param whenWritable runs on the loop when [#isWritable] may be so again; the channel tells too
  ConnectionOutput(Channel channel, RingLoop loop, PortalLimits limits, Runnable whenWritable) {
    this.channel = channel;
    this.loop = loop;
    this.limits = limits;
    this.whenWritable = whenWritable;
  }

  /// The channel has moved to another loop; nothing is queued at that moment.
  void moveTo(RingLoop newLoop) {
    Check.that(chunk == null && copied.isEmpty(), "nothing is queued while moving");
    loop = newLoop;
  }

  void digests(boolean header, boolean data) {
    encoder.configure(header, data);
  }

  @Override
  public void send(BasicHeader header, ByteBuffer data) {
    if (closed) {
      return;
    }
    int bytesMax = PduEncoder.bytesMax(data.remaining());
    ByteBuf room = room(bytesMax);
    ByteBuffer view = room.internalNioBuffer(room.writerIndex(), bytesMax);
    int start = view.position();
    encoder.put(header, data, view);
    room.writerIndex(room.writerIndex() + view.position() - start);
    scheduleFlush();
  }

  @Override
  public void sendPayload(BasicHeader header, ByteBuffer payload, @Nullable Runnable sent) {
    if (closed || (payload.remaining() <= COPY_BYTES_MAX && mayCopy())) {
      send(header, payload);
      if (sent != null) {
        copied.addLast(sent);
        scheduleFlush();
      }
      return;
    }
    ByteBuf head = room(PduEncoder.HEAD_BYTES_MAX);
    ByteBuffer view = head.internalNioBuffer(head.writerIndex(), PduEncoder.HEAD_BYTES_MAX);
    int start = view.position();
    encoder.putHead(header, payload.remaining(), view);
    head.writerIndex(head.writerIndex() + view.position() - start);
    writeChunk();
    ChannelPromise promise = sent == null ? channel.voidPromise() : channel.newPromise();
    channel.write(Unpooled.wrappedBuffer(payload), promise);
    if (sent != null) {
      promise.addListener(_ -> loop.guard(sent));
    }
    putTail(payload);
    scheduleFlush();
  }

  private boolean mayCopy() {
    ByteBuf current = chunk;
    int gathered = current == null ? 0 : current.readableBytes();
    return copiedBytes + gathered < limits.unsentCopiedBytesMax();
  }

  private void putTail(ByteBuffer payload) {
    ByteBuf room = room(PduEncoder.TAIL_BYTES_MAX);
    ByteBuffer view = room.internalNioBuffer(room.writerIndex(), PduEncoder.TAIL_BYTES_MAX);
    int start = view.position();
    encoder.putTail(payload, view);
    room.writerIndex(room.writerIndex() + view.position() - start);
  }

  private ByteBuf room(int bytes) {
    ByteBuf current = chunk;
    if (current != null && current.writableBytes() >= bytes) {
      return current;
    }
    writeChunk();
    dropChunk();
    ByteBuf fresh = channel.alloc().directBuffer(Math.max(CHUNK_BYTES, bytes));
    chunk = fresh;
    return fresh;
  }

  private void writeChunk() {
    ByteBuf current = chunk;
    if (current == null || !current.isReadable()) {
      return;
    }
    int bytes = current.readableBytes();
    copiedBytes += bytes;
    channel
        .write(current.readRetainedSlice(bytes))
        .addListener(_ -> loop.guard(() -> copiedHaveLeft(bytes)));
  }

  private void copiedHaveLeft(int bytes) {
    copiedBytes -= bytes;
    ByteBuf current = chunk;
    if (copiedBytes == 0 && current != null && !current.isReadable()) {
      dropChunk();
    }
    if (full && copiedBytes <= limits.unsentCopiedBytesMax() / 2) {
      full = false;
      loop.execute(whenWritable);
    }
  }

  private void dropChunk() {
    ByteBuf current = chunk;
    chunk = null;
    if (current != null) {
      current.release();
    }
  }

  private void scheduleFlush() {
    if (!flushScheduled) {
      flushScheduled = true;
      loop.execute(flush);
    }
  }

  /// Hands everything queued to the socket now.
  void flush() {
    flushScheduled = false;
    writeChunk();
    channel.flush();
    while (!copied.isEmpty()) {
      copied.removeFirst().run();
    }
  }

  /// Hands everything queued to the socket and runs `done` once it has left.
  void flushThen(Runnable done) {
    flush();
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            future -> {
              if (future.isSuccess()) {
                loop.guard(done);
              }
            });
  }

  @Override
  public boolean isWritable() {
    if (copiedBytes > limits.unsentCopiedBytesMax()) {
      full = true;
    }
    return !closed && !full && channel.isWritable();
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
    if (closed) {
      return;
    }
    closed = true;
    closedWhy = why;
    flush();
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    // An initiator that does not read must not keep the connection.
    loop.schedule(channel::close, limits.closeNanosMax());
  }

  /// The channel is gone: what was queued is dropped.
  void lost() {
    closed = true;
    dropChunk();
    if (!copied.isEmpty()) {
      scheduleFlush();
    }
  }

  /// Why this side closed; empty if it did not.
  String closedWhy() {
    return closedWhy;
  }
}
