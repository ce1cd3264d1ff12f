package io.lockstep.mirror.peer;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.mirror.link.PeerLink;
import io.lockstep.mirror.link.PeerTransport;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.wire.FrameLimits;
import io.lockstep.mirror.wire.FrameReader;
import io.lockstep.mirror.wire.FrameWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One TCP connection to the other node, as handler of its channel.
///
/// **Out.** [#send] turns a frame into bytes at once and leaves them in `parts`: heads and short
/// payloads gathered in chunks, long payloads as they lie in memory. A task later in the same turn
/// of the loop writes all of them and flushes once. So whatever is answered in one turn leaves in
/// one system call, and no completion can run inside `send`.
///
/// **In.** Bytes go straight from the socket's buffer into the reader's pooled payload buffers.
///
/// **End.** Once [#close] was called no frame comes in; what was sent before still leaves, for at
/// most [#FAREWELL_NANOS_MAX]. Whoever is owed a `sent` gets CLOSED. All of it on the loop.
///
/// **Edge.** An exception while bytes are taken in, here or before this handler, ends the link
/// only, and is logged once with its cause. Once a frame has been handed on it is inside: what the
/// listener throws has left the mirror in a state that nobody knows, and ends the process, as every
/// [Error] does.
final class NettyPeerLink extends ChannelInboundHandlerAdapter implements PeerLink {
  /// Who makes links, and has one at a time.
  interface Owner {
    /// @return false if there is one already, or none is wanted: the link is closed then
    boolean opened(NettyPeerLink fresh);

    void closed(NettyPeerLink ended, String reason);

    /// Who hears what comes in.
    PeerTransport.Listener listener();
  }

  private static final Logger LOG = LoggerFactory.getLogger(NettyPeerLink.class);

  /// A peer that lets more than this pile up does not take part any more.
  private static final long OUTGOING_BYTES_MAX = 512L << 20;

  /// Heads and short payloads are gathered in chunks of this size.
  private static final int CHUNK_BYTES = 64 << 10;

  /// A payload up to this is copied: cheaper than keeping account of its memory.
  private static final int COPIED_BYTES_MAX = 8 << 10;

  private static final long IDLE_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
  private static final long FAREWELL_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);
  private static final IoResult CLOSED = IoResult.closed("the link to the peer has ended");

  private final Owner owner;
  private final RingLoop loop;
  private final Channel channel;
  private final FrameReader reader;
  private final FrameWriter writer = new FrameWriter();
  private final FrameReader.Sink sink = this::received;
  private final Runnable writeOut = this::writeOut;

  private final ArrayDeque<Part> parts = new ArrayDeque<>();
  private @Nullable ByteBuf chunk;
  private final ArrayDeque<Completion> copiedSent = new ArrayDeque<>();
  private boolean writeOutComing;
  private boolean announced;
  private boolean closing;
  private boolean ended;
  private String closeReason = "the other node closed the connection";
  private String remoteAddress = "";
  private long heardNanos;
  private Loop.@Nullable Timer idle;
  private Loop.@Nullable Timer farewell;

  NettyPeerLink(Owner owner, RingLoop loop, BufferPool pool, Channel channel) {
    this.owner = owner;
    this.loop = loop;
    this.channel = channel;
    this.reader = new FrameReader(pool);
  }

  /// Bytes on their way out, and who waits for their memory.
  private record Part(ByteBuf bytes, @Nullable Completion sent) {}

  // --- out ---

  @Override
  public void send(long term, Frame frame) {
    send(term, frame, null);
  }

  @Override
  public void send(long term, Frame frame, @Nullable Completion sent) {
    if (closing || ended) {
      if (sent != null) {
        loop.execute(() -> sent.completed(CLOSED));
      }
      return;
    }
    ByteBuffer payload = FrameWriter.payload(frame);
    int payloadBytes = payload == null ? 0 : payload.remaining();
    boolean copied = payloadBytes <= COPIED_BYTES_MAX;
    ByteBuf room = room(FrameLimits.HEAD_BYTES_MAX + (copied ? payloadBytes : 0));
    ByteBuffer out = room.internalNioBuffer(room.writerIndex(), room.writableBytes());
    int start = out.position();
    writer.encodeHead(term, frame, out);
    if (payload != null && copied) {
      out.put(out.position(), payload, payload.position(), payloadBytes);
      out.position(out.position() + payloadBytes);
    }
    room.writerIndex(room.writerIndex() + out.position() - start);
    if (payload != null && !copied) {
      seal();
      parts.add(new Part(Unpooled.wrappedBuffer(payload), sent));
    } else if (sent != null) {
      copiedSent.add(sent);
    }
    if (!writeOutComing) {
      writeOutComing = true;
      loop.execute(writeOut);
    }
  }

  /// The chunk being filled, with at least this much room.
  private ByteBuf room(int bytes) {
    if (chunk != null && chunk.writableBytes() < bytes) {
      seal();
    }
    if (chunk == null) {
      chunk = channel.alloc().directBuffer(CHUNK_BYTES, CHUNK_BYTES);
    }
    return chunk;
  }

  private void seal() {
    if (chunk != null) {
      parts.add(new Part(chunk, null));
      chunk = null;
    }
  }

  private void writeOut() {
    writeOutComing = false;
    seal();
    if (ended) {
      dropAll();
      return;
    }
    for (Part part = parts.poll(); part != null; part = parts.poll()) {
      write(part);
    }
    for (int count = copiedSent.size(); count > 0; count--) {
      copiedSent.remove().completed(IoResult.OK);
    }
    channel.flush();
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    if (pending != null && pending.totalPendingWriteBytes() > OUTGOING_BYTES_MAX) {
      close("the other node takes nothing in: too much waits for it");
    }
  }

  private void write(Part part) {
    Completion sent = part.sent;
    if (sent == null) {
      channel.write(part.bytes, channel.voidPromise());
      return;
    }
    channel
        .write(part.bytes)
        .addListener(
            future -> loop.guard(() -> sent.completed(future.isSuccess() ? IoResult.OK : CLOSED)));
  }

  private void dropAll() {
    seal();
    for (Part part = parts.poll(); part != null; part = parts.poll()) {
      part.bytes.release();
      Completion sent = part.sent;
      if (sent != null) {
        loop.execute(() -> sent.completed(CLOSED));
      }
    }
    for (Completion sent = copiedSent.poll(); sent != null; sent = copiedSent.poll()) {
      Completion late = sent;
      loop.execute(() -> late.completed(CLOSED));
    }
  }

  // --- end ---

  @Override
  public void close(String reason) {
    if (closing || ended) {
      return;
    }
    closing = true;
    closeReason = reason;
    reader.close();
    loop.execute(this::sayFarewell);
  }

  private void sayFarewell() {
    writeOut();
    if (ended) {
      return;
    }
    farewell = loop.schedule(channel::close, FAREWELL_NANOS_MAX);
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> channel.close());
  }

  @Override
  public String remoteAddress() {
    return remoteAddress;
  }

  // --- what Netty tells ---

  @Override
  public void channelActive(ChannelHandlerContext context) {
    remoteAddress = String.valueOf(channel.remoteAddress());
    loop.guard(
        () -> {
          heardNanos = loop.nowNanos();
          announced = owner.opened(this);
          if (announced) {
            idle = loop.schedule(this::checkIdle, IDLE_NANOS_MAX);
          } else {
            ended = true;
            channel.close();
          }
        });
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    var bytes = (ByteBuf) message;
    try {
      heardNanos = loop.nowNanos();
      if (closing || ended) {
        return;
      }
      ByteBuffer in = bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes());
      switch (reader.feed(in, sink)) {
        case FrameReader.Result.Good() -> {}
        case FrameReader.Result.Broken(String reason) -> close("damaged data came in: " + reason);
      }
    } catch (RuntimeException fault) {
      broke(fault);
    } finally {
      bytes.release();
    }
  }

  private void received(long term, Frame frame) {
    try {
      owner.listener().received(this, term, frame);
    } catch (RuntimeException bug) {
      throw Check.bug(bug);
    }
  }

  private void broke(Exception fault) {
    if (!closing && !ended) {
      LOG.error("a fault here ends the link with {}", remoteAddress, fault);
      close("a fault while its data was taken in: " + fault);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    loop.guard(this::end);
  }

  private void end() {
    if (ended) {
      return;
    }
    ended = true;
    reader.close();
    cancel(idle);
    cancel(farewell);
    dropAll();
    if (announced) {
      loop.execute(() -> owner.closed(this, closeReason));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    switch (cause) {
      case IOException _ -> loop.guard(() -> close("the connection broke: " + cause.getMessage()));
      case Exception fault -> loop.guard(() -> broke(fault));
      default -> loop.fatal(cause);
    }
  }

  private void checkIdle() {
    long silent = loop.nowNanos() - heardNanos;
    if (silent >= IDLE_NANOS_MAX) {
      close("nothing was heard for %d s".formatted(TimeUnit.NANOSECONDS.toSeconds(silent)));
    } else {
      idle = loop.schedule(this::checkIdle, IDLE_NANOS_MAX - silent);
    }
  }

  private static void cancel(Loop.@Nullable Timer timer) {
    if (timer != null) {
      timer.cancel();
    }
  }
}
