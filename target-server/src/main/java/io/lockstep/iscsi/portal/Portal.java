package io.lockstep.iscsi.portal;

import io.lockstep.block.Check;
import io.lockstep.block.MemoryBudget;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.login.LoginConfig;
import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.portal.TargetDirectory.Answer;
import io.lockstep.iscsi.session.DiscoveredTarget;
import io.lockstep.iscsi.session.Session;
import io.lockstep.iscsi.session.SessionContext;
import io.lockstep.iscsi.session.SessionOutput;
import io.lockstep.scsi.Nexus;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A listening address of the iSCSI target (RFC 7143 2.2: portal), with the connections it took.
///
/// Invariants: there are never more connections, logins or sessions than [PortalLimits] says; a
/// connection that misbehaves ends alone. State belongs to the loop given to [#start]; the public
/// methods may be called from any thread.
public final class Portal {
  private final PortalConfig config;
  private final TargetDirectory directory;
  private final RingLoop loop;
  private final Consumer<ChannelPipeline> front;
  private final SessionRegistry registry;
  private final Set<Connection> connections = new HashSet<>();

  /// What all sessions share: on the loop of the targets, of which there is one.
  private final MemoryBudget budget;

  private final AtomicReference<@Nullable RingLoop> targetsLoop = new AtomicReference<>();

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
    ///
    /// @param sentence what failed, where, what to do
    record Refused(String sentence) implements Outcome {}
  }

  /// Somebody who waits until the sessions with a target (all, if null) are gone.
  private record Waiter(@Nullable String iqn, Runnable gone) {}

  private Portal(
      PortalConfig config,
      TargetDirectory directory,
      RingLoop loop,
      Consumer<ChannelPipeline> front) {
    this.config = config;
    this.directory = directory;
    this.loop = loop;
    this.front = front;
    PortalLimits limits = config.limits();
    this.registry = new SessionRegistry(limits.sessionsMax());
    this.logins = new Newcomers<>(limits.loginsMax(), limits.loginsOfAddressMax());
    this.discoveries = new Newcomers<>(limits.discoveriesMax(), limits.discoveriesOfAddressMax());
    this.budget =
        new MemoryBudget(config.limits().grantedBytesMax(), config.limits().unaskedBytesMax());
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
      done.accept(new Outcome.Refused(BindFailure.unknownHost(config)));
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
                    () -> done.accept(new Outcome.Refused(BindFailure.sentence(config, cause))));
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
    Connection connection = new Connection(this, channel);
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
  public List<SessionInfo> sessions() {
    return registry.infos();
  }

  /// Ends the sessions with a target.
  ///
  /// @param reason a sentence for the log
  /// @param gone runs on the portal's loop when none is left and nothing they asked for is still
  ///     being executed
  public void closeSessions(String iqn, String reason, Runnable gone) {
    loop.execute(
        () -> {
          for (Connection connection : registry.connectionsTo(iqn)) {
            connection.requestClose(reason);
          }
          waitFor(new Waiter(iqn, gone));
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
          waitFor(new Waiter(null, gone));
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
              : !registry.hasSessionsTo(waiter.iqn);
      if (gone) {
        waiters.remove(waiter);
        waiter.gone.run();
      }
    }
  }

  // --- For the connections.

  /// A connection is gone and nothing it asked for is still being executed.
  void connectionEnded(Connection connection, boolean registered) {
    connections.remove(connection);
    logins.leave(connection.address(), connection);
    discoveries.leave(connection.address(), connection);
    if (registered) {
      registry.ended(connection);
    }
    wakeWaiters();
  }

  /// A connection has negotiated its login.
  void loggedIn(Connection connection, boolean discovers) {
    logins.leave(connection.address(), connection);
    if (discovers) {
      discoveries
          .enter(connection.address(), connection)
          .ifPresent(oldest -> oldest.requestClose("newer discovery sessions took its place"));
    }
  }

  Session openSession(
      SessionParameters parameters,
      Optional<Answer.Serves> served,
      SessionOutput output,
      Channel channel,
      RingLoop sessionLoop) {
    String here = here((InetSocketAddress) channel.localAddress());
    long now = sessionLoop.nowNanos();
    if (served.isEmpty()) {
      String initiator = parameters.initiatorName();
      return Session.discovery(
          parameters, config.sessionLimits(), value -> list(initiator, value, here), output, now);
    }
    Answer.Serves serves = served.get();
    String iqn = parameters.targetName().orElseThrow();
    Nexus nexus =
        new Nexus(parameters.initiatorName(), parameters.isid(), serves.relativeTargetPort());
    RingLoop before = targetsLoop.getAndSet(sessionLoop);
    Check.that(before == null || before == sessionLoop, "the targets have one loop");
    serves.target().nexusOpened(nexus);
    SessionContext context =
        new SessionContext(parameters, config.sessionLimits(), serves.target(), nexus, budget);
    return Session.normal(
        context, _ -> List.of(new DiscoveredTarget(iqn, List.of(here))), output, now);
  }

  private List<DiscoveredTarget> list(String initiatorName, String value, String here) {
    return directory.targets(initiatorName).orElse(List.of()).stream()
        .filter(iqn -> value.equals("All") || value.equals(iqn))
        .map(iqn -> new DiscoveredTarget(iqn, List.of(here)))
        .toList();
  }

  /// RFC 7143 13.8: this portal, as the initiator reached it.
  private String here(InetSocketAddress local) {
    return NetUtil.toSocketAddressString(literal(local.getAddress()), local.getPort())
        + ","
        + config.portalGroupTag();
  }

  /// An address as RFC 5952 writes it.
  static String literal(InetAddress address) {
    return NetUtil.toAddressString(address);
  }

  LoginConfig loginConfig() {
    return new LoginConfig(
        config.portalGroupTag(), config.targetAlias(), config.limits().dataSegmentBytesMax());
  }

  Instant wallTime() {
    return Instant.now();
  }

  PortalConfig config() {
    return config;
  }

  TargetDirectory directory() {
    return directory;
  }

  SessionRegistry registry() {
    return registry;
  }

  RingLoop loop() {
    return loop;
  }
}
