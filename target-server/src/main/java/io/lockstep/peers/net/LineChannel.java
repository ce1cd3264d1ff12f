package io.lockstep.peers.net;

import io.lockstep.block.Loop;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.peers.Line;
import io.lockstep.peers.Message;
import io.lockstep.peers.MessageReader;
import io.lockstep.peers.MessageWriter;
import io.lockstep.peers.PeerLimits;
import io.lockstep.peers.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One TCP connection between the nodes, as handler of its channel, and as the [Wire] of its line.
/// Belongs to the loop of the control connection.
///
/// **Edge.** An exception while bytes are taken in ends this line only, and is logged; an [Error]
/// ends the process.
final class LineChannel extends ChannelInboundHandlerAdapter implements Wire {
  private static final Logger LOG = LoggerFactory.getLogger(LineChannel.class);

  /// How long the last words may take to leave.
  private static final long FAREWELL_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

  /// Who makes connections, and the lines that they carry.
  interface Owner {
    /// A connection stands.
    ///
    /// @return the line that it carries; empty if none is wanted
    Optional<Line> opened(int address, LineChannel channel);

    /// It is no stranger's any more, or has ended.
    void known(LineChannel channel);
  }

  private final Owner owner;
  private final RingLoop loop;
  private final int address;
  private final Channel channel;
  private final MessageReader reader = new MessageReader();
  private @Nullable Line line;
  private InetAddress remote = InetAddress.getLoopbackAddress();
  private Loop.@Nullable Timer farewell;
  private boolean closing;

  LineChannel(Owner owner, RingLoop loop, int address, Channel channel) {
    this.owner = owner;
    this.loop = loop;
    this.address = address;
    this.channel = channel;
  }

  InetAddress remote() {
    return remote;
  }

  // --- what the line wants ---

  @Override
  public void send(Message message) {
    if (closing) {
      return;
    }
    channel.writeAndFlush(
        Unpooled.wrappedBuffer(MessageWriter.encode(message)), channel.voidPromise());
    if (pendingBytes() > PeerLimits.OUTGOING_BYTES_MAX) {
      loop.execute(() -> lost("the other node takes nothing in: too much waits for it"));
    }
  }

  private long pendingBytes() {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return pending == null ? 0 : pending.totalPendingWriteBytes();
  }

  @Override
  public boolean isRoomy() {
    return pendingBytes() <= PeerLimits.ROOMY_BYTES_MAX;
  }

  @Override
  public void trusted() {
    reader.trust();
    owner.known(this);
  }

  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    reader.close();
    farewell = loop.schedule(channel::close, FAREWELL_NANOS_MAX);
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> channel.close());
  }

  // --- what Netty tells ---

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (channel.remoteAddress() instanceof InetSocketAddress inet) {
      remote = inet.getAddress();
    }
    loop.guard(
        () -> {
          Optional<Line> opened = owner.opened(address, this);
          if (opened.isPresent()) {
            line = opened.get();
          } else {
            close();
          }
        });
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    var bytes = (ByteBuf) message;
    Line taker = line;
    try {
      if (closing || taker == null) {
        return;
      }
      taker.heard();
      reader
          .feed(bytes.nioBuffer(), taker::received)
          .ifPresent(fault -> lost("damaged data came in: " + fault));
    } catch (RuntimeException fault) {
      broke(fault);
    } finally {
      bytes.release();
    }
  }

  private void broke(Exception fault) {
    LOG.error("a fault here ends the control connection with {}", remote, fault);
    lost("a fault while its data was taken in: " + fault);
  }

  /// Waits for the end of the connection; not called on a loop.
  void awaitEnd(long secondsMax) {
    channel.closeFuture().awaitUninterruptibly(secondsMax, TimeUnit.SECONDS);
  }

  /// The connection is to end, or has.
  void lost(String why) {
    Line ended = line;
    if (ended == null) {
      close();
    } else {
      ended.lost(why);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    loop.guard(
        () -> {
          Loop.Timer timer = farewell;
          if (timer != null) {
            timer.cancel();
          }
          owner.known(this);
          lost("the other node closed the connection");
        });
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    switch (cause) {
      case IOException _ -> loop.guard(() -> lost("the connection broke: " + cause.getMessage()));
      case Exception fault -> loop.guard(() -> broke(fault));
      default -> loop.fatal(cause);
    }
  }
}
