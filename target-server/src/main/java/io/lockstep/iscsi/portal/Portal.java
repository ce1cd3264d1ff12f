package io.lockstep.iscsi.portal;

import io.lockstep.block.Refusal;
import io.lockstep.block.ring.BindFailure;
import io.lockstep.block.ring.Newcomers;
import io.lockstep.block.ring.RefusedLogins;
import io.lockstep.block.ring.RingLoop;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A listening address of the iSCSI target (RFC 7143 2.2: portal), with the connections it took.
///
/// Invariants: there are never more connections, logins or sessions than [PortalLimits] says; a
/// connection that misbehaves ends alone. State belongs to the loop given to [#start]; the public
/// methods may be called from any thread.
public final class Portal {
  private static final Logger LOG = LoggerFactory.getLogger(Portal.class);

  private final PortalConfig config;
  private final RingLoop loop;
  private final Consumer<ChannelPipeline> front;
  private final SessionRegistry registry;
  private final Set<Connection> connections = new HashSet<>();

  private final Connection.Shared shared;
  private final Connection.Owner counting = new Counting();

  /// Connections that have not logged in yet, and discovery sessions.
  private final Newcomers<Connection> logins;

  private final Newcomers<Connection> discoveries;

  private final List<Waiter> waiters = new ArrayList<>();
  private @Nullable Channel listener;
  private InetSocketAddress address;
  private boolean closed;

  /// How a start ended.
  public sealed interface Outcome {
    /// It listens.
    record Started(Portal portal) implements Outcome {}

    /// It does not.
    record Refused(Refusal refusal) implements Outcome {}
  }

  /// Somebody who waits until the sessions with a target (all, if null) are gone.
  ///
  /// @param whose the initiators whose sessions they are
  private record Waiter(@Nullable String iqn, Predicate<String> whose, Runnable gone) {}

  private Portal(
      PortalConfig config,
      TargetDirectory directory,
      RingLoop loop,
      Consumer<ChannelPipeline> front) {
    this.config = config;
    this.loop = loop;
    this.front = front;
    PortalLimits limits = config.limits();
    this.registry = new SessionRegistry(limits.sessionsMax());
    this.logins = new Newcomers<>(limits.loginsMax(), limits.loginsOfAddressMax());
    this.discoveries = new Newcomers<>(limits.discoveriesMax(), limits.discoveriesOfAddressMax());
    this.shared =
        new Connection.Shared(
            config,
            directory,
            loop,
            registry,
            new SessionOpener(config, directory),
            new RefusedLogins(loop, "login", LOG::info));
    this.address = InetSocketAddress.createUnresolved(config.host(), config.port());
  }

  /// Listens.
  ///
  /// @param loop where connections are accepted and log in
  /// @param done runs on `loop`
  public static void start(
      PortalConfig config, TargetDirectory directory, RingLoop loop, Consumer<Outcome> done) {
    start(config, directory, loop, _ -> {}, done);
  }

  /// @param front puts what else bytes pass between a socket and its connection: a fault, for
  ///     instance
  static void start(
      PortalConfig config,
      TargetDirectory directory,
      RingLoop loop,
      Consumer<ChannelPipeline> front,
      Consumer<Outcome> done) {
    Portal portal = new Portal(config, directory, loop, front);
    loop.execute(() -> portal.bind(done));
  }

  private void bind(Consumer<Outcome> done) {
    InetSocketAddress wanted = new InetSocketAddress(config.host(), config.port());
    if (wanted.isUnresolved()) {
      done.accept(new Outcome.Refused(BindFailure.unknownHost(config.host(), config.port())));
      return;
    }
    int unsentMax = config.limits().unsentBytesMax();
    new ServerBootstrap()
        .group(loop.eventLoop())
        .channel(loop.kind().serverSocketChannel())
        .option(ChannelOption.SO_REUSEADDR, true)
        .option(ChannelOption.SO_BACKLOG, config.limits().loginsMax())
        .childOption(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.SO_KEEPALIVE, true)
        .childOption(
            ChannelOption.WRITE_BUFFER_WATER_MARK,
            new WriteBufferWaterMark(unsentMax / 2, unsentMax))
        .childOption(
            ChannelOption.RECVBUF_ALLOCATOR,
            new AdaptiveRecvByteBufAllocator(2048, 16 << 10, PortalLimits.RECEIVE_BYTES_MAX)
                .maxMessagesPerRead(1))
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                loop.guard(() -> accept(channel));
              }
            })
        .bind(wanted)
        .addListener(
            future -> {
              Throwable cause = future.cause();
              if (cause == null) {
                Channel bound = ((io.netty.channel.ChannelFuture) future).channel();
                loop.guard(() -> listens(bound, done));
              } else {
                loop.guard(
                    () ->
                        done.accept(
                            new Outcome.Refused(
                                BindFailure.refusal(config.host(), config.port(), cause))));
              }
            });
  }

  private void listens(Channel bound, Consumer<Outcome> done) {
    listener = bound;
    address = (InetSocketAddress) bound.localAddress();
    done.accept(new Outcome.Started(this));
  }

  private void accept(Channel channel) {
    PortalLimits limits = config.limits();
    if (closed || connections.size() >= limits.connectionsMax()) {
      channel.close();
      return;
    }
    Connection connection = new Connection(shared, counting, channel);
    connections.add(connection);
    logins
        .enter(connection.address(), connection)
        .ifPresent(oldest -> oldest.requestClose("it did not log in, and others want to"));
    front.accept(channel.pipeline());
    channel.pipeline().addLast(connection);
  }

  /// Where it listens; with the real port if any free one was asked for.
  public InetSocketAddress address() {
    return address;
  }

  /// Who is logged in. Callable from any thread.
  public List<SessionView> sessions() {
    return registry.views();
  }

  /// Ends the sessions of some initiators with a target.
  ///
  /// @param whose the initiators
  /// @param reason a sentence for the log
  /// @param gone runs on the portal's loop when none is left and nothing they asked for is still
  ///     being executed
  public void closeSessions(String iqn, Predicate<String> whose, String reason, Runnable gone) {
    loop.execute(
        () -> {
          for (SessionRegistry.Member member : registry.sessionsTo(iqn, whose)) {
            member.requestClose(reason);
          }
          waitFor(new Waiter(iqn, whose, gone));
        });
  }

  /// Stops listening and ends all connections.
  ///
  /// @param gone runs on the portal's loop when none is left
  public void close(Runnable gone) {
    loop.execute(
        () -> {
          closed = true;
          Channel bound = listener;
          if (bound != null) {
            bound.close().addListener(_ -> loop.execute(this::listenerClosed));
          }
          for (Connection connection : connections) {
            connection.requestClose("the portal closes");
          }
          waitFor(new Waiter(null, _ -> true, gone));
        });
  }

  private void listenerClosed() {
    listener = null;
    wakeWaiters();
  }

  private void waitFor(Waiter waiter) {
    waiters.add(waiter);
    wakeWaiters();
  }

  private void wakeWaiters() {
    for (Waiter waiter : List.copyOf(waiters)) {
      boolean gone =
          waiter.iqn == null
              ? connections.isEmpty() && listener == null
              : registry.sessionsTo(waiter.iqn, waiter.whose).isEmpty();
      if (gone) {
        waiters.remove(waiter);
        waiter.gone.run();
      }
    }
  }

  /// What the connections tell of themselves.
  private final class Counting implements Connection.Owner {
    @Override
    public void loggedIn(Connection connection, boolean discovers) {
      logins.leave(connection.address(), connection);
      if (discovers) {
        discoveries
            .enter(connection.address(), connection)
            .ifPresent(oldest -> oldest.requestClose("newer discovery sessions took its place"));
      }
    }

    @Override
    public void ended(Connection connection, boolean registered) {
      connections.remove(connection);
      logins.leave(connection.address(), connection);
      discoveries.leave(connection.address(), connection);
      if (registered) {
        registry.ended(connection);
      }
      wakeWaiters();
    }
  }
}
