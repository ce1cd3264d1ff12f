package io.lockstep.nbd.portal;

import io.lockstep.block.Refusal;
import io.lockstep.block.ring.BindFailure;
import io.lockstep.block.ring.Newcomers;
import io.lockstep.block.ring.RefusedLogins;
import io.lockstep.block.ring.RingLoop;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A listening socket for NBD clients, with the connections it took.
///
/// Invariants: there are never more connections, handshakes or connections to exports than
/// [NbdPortalLimits] says; a client that misbehaves ends alone. State belongs to the loop given to
/// [#start]; the public methods may be called from any thread.
public final class NbdPortal {
  private static final Logger LOG = LoggerFactory.getLogger(NbdPortal.class);

  /// NBD has no word for "are you still there": the kernel asks a silent client's.
  private static final int IDLE_SECONDS = 30;

  private static final int PAUSE_SECONDS = 10;
  private static final int QUESTIONS_MAX = 6;

  private final NbdPortalConfig config;
  private final RingLoop loop;
  private final NbdConnection.Shared shared;
  private final NbdConnection.Owner counting = new Counting();
  private final Set<NbdConnection> connections = new HashSet<>();

  /// Connections that have no export yet.
  private final Newcomers<NbdConnection> handshakes;

  /// Those that have one, in the order in which they came.
  private final Set<NbdConnection> entered = new LinkedHashSet<>();

  private final List<Waiter> waiters = new ArrayList<>();
  private volatile List<ConnectionView> views = List.of();
  private @Nullable Channel listener;
  private volatile SocketAddress address = InetSocketAddress.createUnresolved("", 0);
  private boolean closed;

  /// How a start ended.
  public sealed interface Outcome {
    /// It listens.
    record Started(NbdPortal portal) implements Outcome {}

    /// It does not.
    record Refused(Refusal refusal) implements Outcome {}
  }

  /// Somebody who waits until some connections are gone.
  ///
  /// @param all whether they are all of the portal, and its socket with them
  private record Waiter(boolean all, Predicate<ConnectionView> which, Runnable gone) {}

  private NbdPortal(NbdPortalConfig config, ExportDirectory directory, RingLoop loop) {
    this.config = config;
    this.loop = loop;
    NbdPortalLimits limits = config.limits();
    NbdPortalLimits.Clients clients = limits.clients();
    this.handshakes = new Newcomers<>(clients.handshakesMax(), clients.handshakesOfAddressMax());
    this.shared =
        new NbdConnection.Shared(
            config,
            directory,
            loop,
            new Budgets(limits.grantedBytesMax()),
            new RefusedLogins(loop, "NBD export", LOG::info));
  }

  /// Listens.
  ///
  /// @param loop where connections are accepted and take their exports
  /// @param done runs on `loop`
  public static void start(
      NbdPortalConfig config, ExportDirectory directory, RingLoop loop, Consumer<Outcome> done) {
    NbdPortal portal = new NbdPortal(config, directory, loop);
    loop.execute(() -> portal.bind(done));
  }

  private void bind(Consumer<Outcome> done) {
    switch (config.where()) {
      case Listening.Tcp(String host, int port) -> {
        InetSocketAddress wanted = new InetSocketAddress(host, port);
        if (wanted.isUnresolved()) {
          done.accept(new Outcome.Refused(BindFailure.unknownHost(host, port)));
          return;
        }
        ServerBootstrap server =
            bootstrap()
                .channel(loop.kind().serverSocketChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true);
        loop.kind().keepAlive(server, IDLE_SECONDS, PAUSE_SECONDS, QUESTIONS_MAX);
        bound(server.bind(wanted), done, cause -> BindFailure.refusal(host, port, cause));
      }
      case Listening.Unix unix -> {
        SocketFile file = new SocketFile(unix.path());
        try {
          file.prepare();
        } catch (IOException unusable) {
          done.accept(new Outcome.Refused(file.refusal(unusable)));
          return;
        }
        ServerBootstrap server = bootstrap().channel(loop.kind().serverDomainSocketChannel());
        bound(server.bind(new DomainSocketAddress(unix.path().toFile())), done, file::refusal);
      }
    }
  }

  private ServerBootstrap bootstrap() {
    int unsentMax = config.limits().unsentBytesMax();
    return new ServerBootstrap()
        .group(loop.eventLoop())
        .option(ChannelOption.SO_BACKLOG, config.limits().clients().handshakesMax())
        .childOption(ChannelOption.AUTO_READ, false)
        .childOption(
            ChannelOption.WRITE_BUFFER_WATER_MARK,
            new WriteBufferWaterMark(unsentMax / 2, unsentMax))
        .childOption(
            ChannelOption.RECVBUF_ALLOCATOR,
            new AdaptiveRecvByteBufAllocator(2048, 16 << 10, NbdPortalLimits.RECEIVE_BYTES_MAX)
                .maxMessagesPerRead(1))
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                loop.guard(() -> accept(channel));
              }
            });
  }

  private void bound(
      ChannelFuture binding, Consumer<Outcome> done, Function<Throwable, Refusal> refusal) {
    binding.addListener(
        _ ->
            loop.guard(
                () -> {
                  Throwable cause = binding.cause();
                  if (cause == null) {
                    listener = binding.channel();
                    address = binding.channel().localAddress();
                    done.accept(new Outcome.Started(this));
                  } else {
                    done.accept(new Outcome.Refused(refusal.apply(cause)));
                  }
                }));
  }

  private void accept(Channel channel) {
    if (closed || connections.size() >= config.limits().clients().connectionsMax()) {
      channel.close();
      return;
    }
    NbdConnection connection = new NbdConnection(shared, counting, channel);
    connections.add(connection);
    handshakes
        .enter(connection.address(), connection)
        .ifPresent(oldest -> oldest.requestClose("it took no export, and others want to"));
    channel.pipeline().addLast(connection);
  }

  /// Where it listens; with the real port if any free one was asked for.
  public SocketAddress address() {
    return address;
  }

  /// Which connections there are to exports. Callable from any thread.
  public List<ConnectionView> connections() {
    return views;
  }

  /// Ends connections to exports: what they have asked for is carried out and answered, and nobody
  /// is told of an error.
  ///
  /// @param reason a sentence for the log
  /// @param gone runs on the portal's loop when none is left and nothing they asked for is still
  ///     being executed
  public void closeConnections(Predicate<ConnectionView> which, String reason, Runnable gone) {
    end(which, connection -> connection.requestClose(reason), gone);
  }

  /// Ends connections whose export is gone for good: they are told so.
  ///
  /// @param reason a sentence for the clients and the log
  /// @param gone as for [#closeConnections]
  public void withdraw(Predicate<ConnectionView> which, String reason, Runnable gone) {
    end(which, connection -> connection.withdraw(reason), gone);
  }

  private void end(Predicate<ConnectionView> which, Consumer<NbdConnection> ending, Runnable gone) {
    loop.execute(
        () -> {
          for (NbdConnection connection : entered) {
            if (which.test(connection.view())) {
              ending.accept(connection);
            }
          }
          waitFor(new Waiter(false, which, gone));
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
          for (NbdConnection connection : connections) {
            connection.requestClose("the portal closes");
          }
          waitFor(new Waiter(true, _ -> true, gone));
        });
  }

  private void listenerClosed() {
    listener = null;
    if (config.where() instanceof Listening.Unix unix) {
      new SocketFile(unix.path()).remove();
    }
    wakeWaiters();
  }

  private void waitFor(Waiter waiter) {
    waiters.add(waiter);
    wakeWaiters();
  }

  private void wakeWaiters() {
    for (Waiter waiter : List.copyOf(waiters)) {
      boolean gone =
          waiter.all
              ? connections.isEmpty() && listener == null
              : entered.stream().noneMatch(one -> waiter.which.test(one.view()));
      if (gone) {
        waiters.remove(waiter);
        waiter.gone.run();
      }
    }
  }

  /// What the connections tell of themselves.
  private final class Counting implements NbdConnection.Owner {
    @Override
    public boolean hasPlace(Client client) {
      NbdPortalLimits.Clients clients = config.limits().clients();
      InetAddress from = client.address().orElse(InetAddress.getLoopbackAddress());
      long own = entered.stream().filter(one -> one.address().equals(from)).count();
      return entered.size() < clients.exportsMax() && own < clients.exportsOfAddressMax();
    }

    @Override
    public void entered(NbdConnection connection) {
      handshakes.leave(connection.address(), connection);
      replaceStanding(connection);
      entered.add(connection);
      show();
    }

    /// A host that comes again has given up a connection that stands still; what that one has sent
    /// and was not taken must not overtake what it sends now.
    private void replaceStanding(NbdConnection newer) {
      for (NbdConnection older : entered) {
        boolean same =
            older.address().equals(newer.address())
                && older.view().exportName().equals(newer.view().exportName());
        if (same && older.hasStoodStill(config.limits().standstillNanosMax())) {
          older.requestClose("a newer connection took its place");
        }
      }
    }

    @Override
    public void ended(NbdConnection connection) {
      connections.remove(connection);
      handshakes.leave(connection.address(), connection);
      if (entered.remove(connection)) {
        show();
      }
      wakeWaiters();
    }

    private void show() {
      views = entered.stream().map(NbdConnection::view).toList();
    }
  }
}
