package io.lockstep.mirror.peer;

import static io.lockstep.mirror.peer.PeerRecorder.next;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.lockstep.block.BufferPool;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.mirror.link.PeerLink;
import io.lockstep.mirror.link.PeerTransport;
import io.lockstep.mirror.wire.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/// An exception at the edge of the link ends that link, is logged once with its cause, and the next
/// one works; what is thrown behind the edge ends the process.
@ParameterizedClass
@EnumSource(LoopKind.class)
@Tag("shell")
final class PeerEdgeTest {
  @Parameter LoopKind kind = LoopKind.EPOLL;

  private final BufferPool pool = new BufferPool(1 << 20);
  private final PeerRecorder recorder = new PeerRecorder(pool);
  private final BlockingQueue<Throwable> bugs = new LinkedBlockingQueue<>();
  private final List<UnaryOperator<ByteBuf>> plants = new CopyOnWriteArrayList<>();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(NettyPeerLink.class);
  private RingLoop loop;
  private NettyPeerTransport transport;

  /// Does to what has arrived what the first plant says, if there is one.
  private final class Planted extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      UnaryOperator<ByteBuf> plant =
          plants.isEmpty() ? UnaryOperator.identity() : plants.removeFirst();
      context.fireChannelRead(plant.apply((ByteBuf) message));
    }
  }

  @BeforeEach
  void open() {
    loop = RingLoop.start("test", kind, (_, bug) -> bugs.add(bug));
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    NettyPeerTransport.Opened opened =
        NettyPeerTransport.open(
            loop,
            pool,
            new PeerConfig(0, anyPort, false),
            pipeline -> pipeline.addLast(new Planted()));
    transport = ((NettyPeerTransport.Opened.Ready) opened).transport();
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void close() {
    logger.detachAppender(log);
    transport.close();
    loop.close();
    assertThat(pool.borrowedBytes()).isZero();
  }

  private void enable(PeerTransport.Listener listener) {
    var enabled = new CompletableFuture<Boolean>();
    loop.execute(
        () -> {
          transport.enable(listener);
          enabled.complete(true);
        });
    enabled.join();
  }

  private static ByteBuf tooLong(ByteBuf bytes) {
    bytes.release();
    throw new TooLongFrameException("planted");
  }

  /// A buffer in two parts has no view of its own, so the link itself stumbles.
  private static ByteBuf inTwo(ByteBuf bytes) {
    int half = bytes.readableBytes() / 2;
    return Unpooled.wrappedBuffer(bytes.readRetainedSlice(half), bytes.readSlice(half));
  }

  @Test
  void anExceptionBeforeTheLinkEndsItAlone() throws Exception {
    endsAlone(PeerEdgeTest::tooLong, "planted");
  }

  @Test
  void anExceptionInTheLinkEndsItAlone() throws Exception {
    endsAlone(PeerEdgeTest::inTwo, "UnsupportedOperationException");
  }

  private void endsAlone(UnaryOperator<ByteBuf> plant, String cause) throws Exception {
    enable(recorder);
    byte[] ping = PeerRecorder.encode(1, new Frame.Ping(7));
    for (int round = 1; round <= 3; round++) {
      plants.add(plant);
      try (var raw = new Socket()) {
        raw.connect(transport.address());
        next(recorder.opened);
        raw.getOutputStream().write(ping);
        assertThat(next(recorder.closed)).contains(cause);
        assertThat(raw.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(log.list).hasSize(round);
      assertThat(log.list.getLast().getThrowableProxy()).isNotNull();
    }
    try (var raw = new Socket()) {
      raw.connect(transport.address());
      next(recorder.opened);
      raw.getOutputStream().write(ping);
      assertThat(next(recorder.frames)).isEqualTo(PeerRecorder.bytesOf(1, new Frame.Ping(7)));
    }
    next(recorder.closed);
    assertThat(bugs).isEmpty();
  }

  @Test
  void whatIsThrownBehindTheEdgeEndsTheProcess() throws Exception {
    var listener =
        new PeerTransport.Listener() {
          @Override
          public void opened(PeerLink link) {}

          @Override
          public void received(PeerLink link, long term, Frame frame) {
            throw new IllegalStateException("the mirror stumbled");
          }

          @Override
          public void closed(PeerLink link, String reason) {}
        };
    enable(listener);
    try (var raw = new Socket()) {
      raw.connect(transport.address());
      raw.getOutputStream().write(PeerRecorder.encode(1, new Frame.Ping(7)));
      assertThat(next(bugs))
          .isInstanceOf(AssertionError.class)
          .hasRootCauseMessage("the mirror stumbled");
    }
  }
}
