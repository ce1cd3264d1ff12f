package io.lockstep.mirror.peer;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.mirror.PeerLink;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.wire.FrameLimits;
import io.lockstep.mirror.wire.FrameReader;
import io.lockstep.mirror.wire.FrameWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One TCP connection to the other node, as handler of its channel.
///
/// **Out.** [#send] turns a frame's head into bytes at once and leaves them, with the payload as it
/// lies in memory, in `outgoing`; a task later in the same turn of the loop writes all of them and
/// flushes once. So whatever is answered in one turn leaves in one system call, and no completion
/// can run inside `send`.
///
/// **In.** Bytes go straight from the socket's buffer into the reader's pooled payload buffers.
///
/// **End.** Once [#close] was called no frame comes in; what was sent before still leaves, for at
/// most [#FAREWELL_NANOS_MAX]. Whoever is owed a `sent` gets CLOSED. All of it on the loop.
final class NettyPeerLink extends ChannelInboundHandlerAdapter implements PeerLink {
  /// A peer that lets more than this pile up does not take part any more.
  private static final long OUTGOING_BYTES_MAX = 512L << 20;

  private static final long IDLE_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
  private static final long FAREWELL_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);
  private static final IoResult CLOSED = IoResult.closed("the link to the peer has ended");

  private final NettyPeerTransport transport;
  private final RingLoop loop;
  private final Channel channel;
  private final FrameReader reader;
  private final FrameWriter writer = new FrameWriter();
  private final ByteBuffer head = ByteBuffer.allocateDirect(FrameLimits.HEAD_BYTES_MAX);
  private final FrameReader.Sink sink = this::received;
  private final Runnable writeOut = this::writeOut;

  private final ArrayDeque<Outgoing> outgoing = new ArrayDeque<>();
  private boolean writeOutComing;
  private long unsentBytes;
  private boolean announced;
  private boolean closing;
  private boolean ended;
  private String closeReason = "the other node closed the connection";
  private String remoteAddress = "";
  private long heardNanos;
  private Loop.@Nullable Timer idle;
  private Loop.@Nullable Timer farewell;

  NettyPeerLink(NettyPeerTransport transport, RingLoop loop, BufferPool pool, Channel channel) {
    this.transport = transport;
    this.loop = loop;
    this.channel = channel;
    this.reader = new FrameReader(pool);
  }

  /// A frame on its way out.
  private record Outgoing(ByteBuf head, @Nullable ByteBuf payload, @Nullable Completion sent) {
    long bytes() {
      return head.readableBytes() + (payload == null ? 0L : payload.readableBytes());
    }

    void drop(RingLoop loop) {
      head.release();
      if (payload != null) {
        payload.release();
      }
      if (sent != null) {
        loop.execute(() -> sent.completed(CLOSED));
      }
    }
  }

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
    writer.encodeHead(term, frame, head.clear());
    ByteBuf headBytes = channel.alloc().directBuffer(head.position()).writeBytes(head.flip());
    ByteBuffer payload = FrameWriter.payload(frame);
    boolean empty = payload == null || !payload.hasRemaining();
    var next = new Outgoing(headBytes, empty ? null : Unpooled.wrappedBuffer(payload), sent);
    outgoing.add(next);
    unsentBytes += next.bytes();
    if (!writeOutComing) {
      writeOutComing = true;
      loop.execute(writeOut);
    }
    if (unsentBytes > OUTGOING_BYTES_MAX) {
      close("the other node takes nothing in: %d bytes wait for it".formatted(unsentBytes));
    }
  }

  private void writeOut() {
    writeOutComing = false;
    Outgoing next = outgoing.poll();
    if (next == null) {
      return;
    }
    for (; next != null; next = outgoing.poll()) {
      if (ended) {
        next.drop(loop);
      } else {
        write(next);
      }
    }
    channel.flush();
  }

  private void write(Outgoing next) {
    long bytes = next.bytes();
    ChannelFuture last = channel.write(next.head);
    if (next.payload != null) {
      last = channel.write(next.payload);
    }
    Completion sent = next.sent;
    last.addListener(
        future -> {
          unsentBytes -= bytes;
          if (sent != null) {
            loop.guard(() -> sent.completed(future.isSuccess() ? IoResult.OK : CLOSED));
          }
        });
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
          announced = transport.opened(this);
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
    } catch (Throwable bug) {
      loop.fatal(bug);
    } finally {
      bytes.release();
    }
  }

  private void received(long term, Frame frame) {
    transport.listener().received(this, term, frame);
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
    for (Outgoing next = outgoing.poll(); next != null; next = outgoing.poll()) {
      next.drop(loop);
    }
    if (announced) {
      loop.execute(() -> transport.closed(this, closeReason));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) {
      loop.fatal(cause);
      return;
    }
    close("the connection broke: " + cause.getMessage());
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
