package io.lockstep.mirror.peer;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.mirror.link.PeerTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The peer transport over TCP: node 0 listens, node 1 dials and, after each failure or lost link,
/// dials again with a growing pause.
///
/// The listening port is taken once, at [#open], so that a port in use is refused with a sentence
/// at the start. While the transport is disabled, or has a link, callers are turned away at once:
/// at most one link is alive, and a stranger cannot push the peer out. All fields belong to the
/// loop, on which all channels live; [#open] and [#close] block and are called elsewhere.
public final class NettyPeerTransport implements PeerTransport, NettyPeerLink.Owner {
  /// How opening the transport ended.
  public sealed interface Opened {
    /// Node 0 listens; node 1 has nothing to do yet.
    record Ready(NettyPeerTransport transport) implements Opened {}

    /// Nothing was opened.
    record Refused(Refusal refusal) implements Opened {}
  }

  private static final int CONNECT_MILLIS_MAX = 3_000;
  private static final long PAUSE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long PAUSE_NANOS_MAX = TimeUnit.SECONDS.toNanos(3);

  /// A link that lasted this long was a good one: the next failure is a new story.
  private static final long GOOD_LINK_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final int RECEIVE_BYTES_MIN = 4 << 10;
  private static final int RECEIVE_BYTES_INITIAL = 64 << 10;
  private static final int RECEIVE_BYTES_MAX = 1 << 20;

  /// While the process stands still each link that the other node has tried stays here. With no
  /// room left the kernel takes none, and a node that stands still looks like one that is gone.
  private static final int BACKLOG = 4096;

  private static final long CLOSE_SECONDS_MAX = 10;

  private final RingLoop loop;
  private final BufferPool pool;
  private final PeerConfig config;
  private final Consumer<ChannelPipeline> front;

  private @Nullable Channel listening;
  private @Nullable Listener listener;
  private boolean enabled;
  private @Nullable ChannelFuture dialing;
  private Loop.@Nullable Timer redial;
  private @Nullable NettyPeerLink link;
  private long linkOpenedNanos;
  private long pauseNanos = PAUSE_NANOS_MIN;

  private NettyPeerTransport(
      RingLoop loop, BufferPool pool, PeerConfig config, Consumer<ChannelPipeline> front) {
    this.loop = loop;
    this.pool = pool;
    this.config = config;
    this.front = front;
  }

  /// Takes the port on node 0. Blocks: not called on a loop.
  ///
  /// @param pool where payloads of received frames come from; the loop's
  public static Opened open(RingLoop loop, BufferPool pool, PeerConfig config) {
    return open(loop, pool, config, _ -> {});
  }

  /// @param front puts what else bytes pass between the socket and the link: a fault, for instance
  static Opened open(
      RingLoop loop, BufferPool pool, PeerConfig config, Consumer<ChannelPipeline> front) {
    Check.that(!loop.isCurrent(), "a transport is not opened on a loop");
    var transport = new NettyPeerTransport(loop, pool, config, front);
    return config.dials() ? new Opened.Ready(transport) : transport.listen();
  }

  /// Where it listens; on node 1, where it dials.
  public InetSocketAddress address() {
    return listening == null ? config.address() : (InetSocketAddress) listening.localAddress();
  }

  @Override
  public void enable(Listener newListener) {
    Check.that(loop.isCurrent(), "called on the loop");
    listener = newListener;
    if (!enabled) {
      enabled = true;
      pauseNanos = PAUSE_NANOS_MIN;
      dial();
    }
  }

  @Override
  public void disable(String reason) {
    Check.that(loop.isCurrent(), "called on the loop");
    enabled = false;
    if (redial != null) {
      redial.cancel();
      redial = null;
    }
    if (link != null) {
      link.close(reason);
    }
  }

  /// Ends the link, if any, and gives the port back. Blocks: not called on a loop.
  public void close() {
    Check.that(!loop.isCurrent(), "a transport is not closed on its loop");
    Channel port = listening;
    if (port != null) {
      port.close().awaitUninterruptibly(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    }
    loop.execute(() -> disable("this node closes"));
  }

  // --- listening ---

  private Opened listen() {
    InetSocketAddress address = config.address();
    if (address.isUnresolved()) {
      return refused("it is no address of this machine", "correct peer.addresses");
    }
    if (!address.getAddress().isLoopbackAddress() && !config.anyAddress()) {
      return refused(
          "it is not a loopback address", "allow it explicitly if only the peer reaches it");
    }
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop.eventLoop())
            .channel(loop.kind().serverSocketChannel())
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childHandler(initializer())
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      String why = String.valueOf(Objects.requireNonNull(bound.cause()).getMessage());
      return why.contains("in use")
          ? refused(
              "it is in use by another program",
              "stop it (ss -ltnp shows who it is) or choose a free port on both nodes")
          : refused(why, "correct peer.addresses");
    }
    listening = bound.channel();
    return new Opened.Ready(this);
  }

  private Opened refused(String why, String action) {
    InetSocketAddress address = config.address();
    return new Opened.Refused(
        new Refusal(
            "The peer address %s:%d was not listened on"
                .formatted(address.getHostString(), address.getPort()),
            why,
            action));
  }

  private ChannelInitializer<Channel> initializer() {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.config().setOption(ChannelOption.TCP_NODELAY, true);
        channel
            .config()
            .setRecvByteBufAllocator(
                new AdaptiveRecvByteBufAllocator(
                    RECEIVE_BYTES_MIN, RECEIVE_BYTES_INITIAL, RECEIVE_BYTES_MAX));
        front.accept(channel.pipeline());
        channel.pipeline().addLast(new NettyPeerLink(NettyPeerTransport.this, loop, pool, channel));
      }
    };
  }

  // --- dialing ---

  private void dial() {
    if (!config.dials() || !enabled || link != null || dialing != null) {
      return;
    }
    redial = null;
    dialing =
        new Bootstrap()
            .group(loop.eventLoop())
            .channel(loop.kind().socketChannel())
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
            .handler(initializer())
            .connect(config.address());
    dialing.addListener(
        _ ->
            loop.execute(
                () -> {
                  dialing = null;
                  dialLater();
                }));
  }

  /// Dials after a pause, unless there is a link or none is wanted.
  private void dialLater() {
    if (config.dials() && enabled && link == null && redial == null) {
      redial = loop.schedule(this::dialAgain, pauseNanos);
      pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
    }
  }

  private void dialAgain() {
    redial = null;
    dial();
  }

  // --- what links tell ---

  /// A connection stands. True if it is the link from now on, false if it is not wanted.
  @Override
  public boolean opened(NettyPeerLink fresh) {
    if (!enabled || link != null) {
      return false;
    }
    link = fresh;
    linkOpenedNanos = loop.nowNanos();
    listener().opened(fresh);
    return true;
  }

  /// The link has ended.
  @Override
  public void closed(NettyPeerLink ended, String reason) {
    Check.that(link != null && link.equals(ended), "the present link");
    link = null;
    if (loop.nowNanos() - linkOpenedNanos > GOOD_LINK_NANOS) {
      pauseNanos = PAUSE_NANOS_MIN;
    }
    listener().closed(ended, reason);
    dialLater();
  }

  @Override
  public Listener listener() {
    return Objects.requireNonNull(listener);
  }
}
