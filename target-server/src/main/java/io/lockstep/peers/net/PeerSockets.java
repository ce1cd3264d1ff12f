package io.lockstep.peers.net;

import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import io.lockstep.block.ring.Newcomers;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.peers.ControlConnection;
import io.lockstep.peers.Line;
import io.lockstep.peers.Network;
import io.lockstep.peers.PeerLimits;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The sockets of the control connection. Node 0 takes its ports at the start, so that one in use
/// is refused with a sentence; an address that this machine does not have now, behind the first, is
/// tried again and again, since its card may be what is broken. Node 1 dials.
///
/// Connections of which nobody knows yet who they are are [Newcomers]. All fields belong to the
/// loop, on which all channels live; [#open] and [#close] block and are called elsewhere.
public final class PeerSockets implements Network, LineChannel.Owner {
  /// How opening ended.
  public sealed interface Opened {
    record Ready(PeerSockets sockets) implements Opened {}

    /// Nothing was opened.
    record Refused(Refusal refusal) implements Opened {}
  }

  private static final int CONNECT_MILLIS_MAX = 3_000;

  /// While the process stands still each call of the other node stays here. With no room left the
  /// kernel takes none, and a node that stands still looks like one that is gone.
  private static final int BACKLOG = 4096;

  private static final long CLOSE_SECONDS_MAX = 10;

  private final RingLoop loop;
  private final PeerAddresses addresses;
  private final List<Optional<Channel>> listening = new ArrayList<>();
  private final Newcomers<LineChannel> newcomers =
      new Newcomers<>(PeerLimits.NEWCOMERS_MAX, PeerLimits.NEWCOMERS_SHARE_MAX);
  private final Set<LineChannel> open = ConcurrentHashMap.newKeySet();
  private @Nullable ControlConnection connection;
  private boolean closed;

  private PeerSockets(RingLoop loop, PeerAddresses addresses) {
    this.loop = loop;
    this.addresses = addresses;
    addresses.hosts().forEach(_ -> listening.add(Optional.empty()));
  }

  /// Takes the ports on node 0. Blocks: not called on a loop.
  public static Opened open(RingLoop loop, PeerAddresses addresses) {
    Check.that(!loop.isCurrent(), "sockets are not opened on a loop");
    var sockets = new PeerSockets(loop, addresses);
    for (int number = 0; !addresses.dials() && number < addresses.hosts().size(); number++) {
      Optional<Refusal> refusal = sockets.listenFirst(number);
      if (refusal.isPresent()) {
        sockets.close();
        return new Opened.Refused(refusal.get());
      }
    }
    return new Opened.Ready(sockets);
  }

  private Optional<Refusal> listenFirst(int number) {
    InetSocketAddress address = addresses.at(number);
    if (address.isUnresolved()) {
      return refused(number, "it is no address of this machine", "correct peer.addresses");
    }
    if (!address.getAddress().isLoopbackAddress() && !addresses.anyAddress()) {
      return refused(
          number,
          "it is not a loopback address",
          "allow it explicitly if only the peer reaches it");
    }
    ChannelFuture bound = bind(number, address).awaitUninterruptibly();
    if (bound.isSuccess()) {
      listening.set(number, Optional.of(bound.channel()));
      return Optional.empty();
    }
    String why = String.valueOf(Objects.requireNonNull(bound.cause()).getMessage());
    if (why.contains("in use")) {
      return refused(
          number,
          "it is in use by another program",
          "stop it (ss -ltnp shows who it is) or choose a free peer.port on both nodes");
    }
    return number > 0 ? Optional.empty() : refused(number, why, "correct peer.addresses");
  }

  private Optional<Refusal> refused(int number, String why, String action) {
    return Optional.of(
        new Refusal(
            "The address %s, port %d, for the control connection was not listened on"
                .formatted(addresses.hosts().get(number), addresses.port()),
            why,
            action));
  }

  private ChannelFuture bind(int number, InetSocketAddress address) {
    return new ServerBootstrap()
        .group(loop.eventLoop())
        .channel(loop.kind().serverSocketChannel())
        .option(ChannelOption.SO_REUSEADDR, true)
        .option(ChannelOption.SO_BACKLOG, BACKLOG)
        .childHandler(initializer(number))
        .bind(address);
  }

  private ChannelInitializer<Channel> initializer(int number) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.config().setOption(ChannelOption.TCP_NODELAY, true);
        var line = new LineChannel(PeerSockets.this, loop, number, channel);
        open.add(line);
        channel.closeFuture().addListener(_ -> open.remove(line));
        channel.pipeline().addLast(line);
      }
    };
  }

  /// Who has the lines from now on; those that come before are turned away.
  public void attach(ControlConnection lines) {
    Check.that(loop.isCurrent(), "called on the loop");
    connection = lines;
  }

  /// Where it listens, or dials.
  InetSocketAddress address(int number) {
    return listening
        .get(number)
        .map(channel -> (InetSocketAddress) channel.localAddress())
        .orElseGet(() -> addresses.at(number));
  }

  /// Gives the ports back, and ends all that is open. Blocks: not called on a loop.
  public void close() {
    Check.that(!loop.isCurrent(), "sockets are not closed on their loop");
    var told = new CompletableFuture<Boolean>();
    loop.execute(
        () -> {
          closed = true;
          open.forEach(line -> line.lost("this node closes"));
          told.complete(true);
        });
    told.join();
    open.forEach(line -> line.awaitEnd(CLOSE_SECONDS_MAX));
    listening.forEach(
        port ->
            port.ifPresent(
                channel ->
                    channel.close().awaitUninterruptibly(CLOSE_SECONDS_MAX, TimeUnit.SECONDS)));
  }

  // --- reaching ---

  @Override
  public void reach(int number) {
    if (closed || listening.get(number).isPresent()) {
      return;
    }
    NameLookup.find(
        addresses.hosts().get(number), addresses.port(), loop, found -> reach(number, found));
  }

  private void reach(int number, InetSocketAddress address) {
    if (closed) {
      return;
    }
    if (address.isUnresolved()) {
      unreachable(number, "the name " + addresses.hosts().get(number) + " is not known");
      return;
    }
    ChannelFuture tried =
        addresses.dials()
            ? new Bootstrap()
                .group(loop.eventLoop())
                .channel(loop.kind().socketChannel())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
                .handler(initializer(number))
                .connect(address)
            : bind(number, address);
    tried.addListener(_ -> loop.execute(() -> tried(number, tried)));
  }

  private void tried(int number, ChannelFuture tried) {
    if (!tried.isSuccess()) {
      unreachable(number, String.valueOf(Objects.requireNonNull(tried.cause()).getMessage()));
    } else if (!addresses.dials()) {
      listening.set(number, Optional.of(tried.channel()));
      if (closed) {
        tried.channel().close();
      }
    }
  }

  private void unreachable(int number, String why) {
    if (connection != null) {
      connection.unreachable(number, why);
    }
  }

  // --- what channels tell ---

  @Override
  public Optional<Line> opened(int number, LineChannel channel) {
    ControlConnection lines = connection;
    if (lines == null || closed) {
      return Optional.empty();
    }
    if (!addresses.dials()) {
      newcomers
          .enter(channel.remote(), channel)
          .ifPresent(oldest -> oldest.lost("too many connections of strangers"));
    }
    return Optional.of(lines.opened(number, channel));
  }

  @Override
  public void known(LineChannel channel) {
    newcomers.leave(channel.remote(), channel);
  }
}
