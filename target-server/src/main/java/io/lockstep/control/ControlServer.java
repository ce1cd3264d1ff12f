package io.lockstep.control;

import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.api.EventInfo;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.PeerCredentials;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The control socket: HTTP/1.1 on a Unix domain socket that its owner and group may use (0660).
///
/// Invariants: at most [#CONNECTIONS_MAX] connections, and who comes then waits in the kernel's
/// queue and is not turned away; a request is at most [#BODY_BYTES_MAX] long; the socket appears
/// under its name only once its mode is set; a socket at which somebody still answers is never
/// taken away. Handlers run on the node's loop, HTTP and JSON on this server's, so
/// that a talkative client takes no time from the data path.
public final class ControlServer {
  /// Connections at once; one more waits until one goes. Those that ask nothing go after
  /// [#SILENT_SECONDS_MAX] then.
  static final int CONNECTIONS_MAX = 128;

  /// How long a connection may ask nothing while all places are taken, in seconds; as long again
  /// may pass until it is seen.
  static final int SILENT_SECONDS_MAX = 1;

  /// Longest body of a request.
  static final int BODY_BYTES_MAX = 64 << 10;

  /// Longest path of a Unix socket (`sun_path` without its closing zero), less the suffix that it
  /// has while it is made.
  static final int PATH_BYTES_MAX = 107 - ".new".length();

  private static final int IDLE_SECONDS_MAX = 60;
  private static final int LINE_BYTES_MAX = 4096;
  private static final int HEADER_BYTES_MAX = 8192;

  private final RingLoop loop;
  private final Path socket;
  private final EventFeed feed;
  private final HttpConnection.Server shared;
  private final Set<HttpConnection> connections = new HashSet<>();
  private @Nullable Channel listener;

  /// How a start ended.
  public sealed interface Outcome {
    /// It listens.
    record Started(ControlServer server) implements Outcome {}

    /// It does not.
    record Refused(Refusal refusal) implements Outcome {}
  }

  private ControlServer(RingLoop loop, Path socket, NodeControl node, Dispatcher dispatcher) {
    Check.that(dispatcher.missing().isEmpty(), "every verb is done somewhere");
    this.loop = loop;
    this.socket = socket;
    this.feed = new EventFeed(loop, node);
    this.shared = new HttpConnection.Server(loop, loop::fatal, node.loop(), dispatcher, feed);
  }

  /// Listens.
  ///
  /// @param loop this server's own loop, not the node's
  /// @param done runs on `loop`
  public static void start(
      RingLoop loop, Path socket, NodeControl node, Dispatcher dispatcher, Consumer<Outcome> done) {
    var server = new ControlServer(loop, socket, node, dispatcher);
    loop.execute(
        () ->
            server
                .unusable()
                .ifPresentOrElse(
                    refusal -> done.accept(new Outcome.Refused(refusal)), () -> server.bind(done)));
  }

  /// Tells the streams of events that something has changed. Callable from any thread.
  public void statusChanged() {
    feed.changed();
  }

  /// Tells them what has happened to a mirror of this node. Callable from any thread.
  public void happened(EventInfo event) {
    feed.happened(event);
  }

  /// Stops listening and takes the socket away.
  ///
  /// @param done runs on the server's loop
  public void close(Runnable done) {
    loop.execute(
        () -> {
          if (listener != null) {
            listener.close();
          }
          try {
            Files.deleteIfExists(socket);
          } catch (IOException e) {
            // The next start takes away a socket at which nobody answers.
          }
          done.run();
        });
  }

  private Optional<Refusal> unusable() {
    int length = socket.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > PATH_BYTES_MAX) {
      return Optional.of(
          refusal(
              "its path has %d bytes, a socket's may have %d".formatted(length, PATH_BYTES_MAX),
              "use a shorter directory"));
    }
    if (Files.exists(socket) && somebodyAnswers()) {
      return Optional.of(
          refusal(
              "it is in use by another daemon",
              "stop that one, or set control.socket to another path"));
    }
    return Optional.empty();
  }

  private boolean somebodyAnswers() {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return probe.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }

  private void bind(Consumer<Outcome> done) {
    Path made = socket.resolveSibling(socket.getFileName() + ".new");
    try {
      Files.deleteIfExists(made);
    } catch (IOException e) {
      done.accept(new Outcome.Refused(notMade(e)));
      return;
    }
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop.eventLoop())
            .channel(loop.kind().serverDomainSocketChannel())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                })
            .bind(new DomainSocketAddress(made.toFile()));
    bound.addListener(
        _ ->
            loop.execute(
                () -> {
                  @Nullable Throwable cause = bound.cause();
                  done.accept(
                      cause == null
                          ? publish(made, bound.channel())
                          : new Outcome.Refused(notMade(cause)));
                }));
  }

  private Outcome publish(Path made, Channel channel) {
    listener = channel;
    try {
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-rw----"));
      Files.move(made, socket, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      channel.close();
      return new Outcome.Refused(notMade(e));
    }
    feed.start();
    return new Outcome.Started(this);
  }

  private Refusal notMade(Throwable cause) {
    return refusal(
        String.valueOf(cause.getMessage()), "see that its directory exists and may be written to");
  }

  private Refusal refusal(String why, String action) {
    return new Refusal("The control socket " + socket + " was not made", why, action);
  }

  private void accept(Channel channel) {
    var connection = new HttpConnection(shared, channel, account(channel));
    connections.add(connection);
    if (connections.size() == CONNECTIONS_MAX) {
      accepting(false);
      loop.schedule(this::makeRoom, TimeUnit.SECONDS.toNanos(SILENT_SECONDS_MAX));
    }
    channel.closeFuture().addListener(_ -> gone(connection));
    channel
        .pipeline()
        .addLast(HttpConnection.IDLE_HANDLER, new IdleStateHandler(0, 0, IDLE_SECONDS_MAX))
        .addLast(new HttpServerCodec(LINE_BYTES_MAX, HEADER_BYTES_MAX, HEADER_BYTES_MAX))
        .addLast(new HttpObjectAggregator(BODY_BYTES_MAX))
        .addLast(connection);
  }

  private void gone(HttpConnection connection) {
    connections.remove(connection);
    if (connections.size() == CONNECTIONS_MAX - 1) {
      accepting(true);
    }
  }

  private void accepting(boolean on) {
    Check.present(listener, "a listener that accepts").config().setAutoRead(on);
  }

  /// Whoever keeps a place and asks nothing gives it to those that wait.
  private void makeRoom() {
    if (connections.size() < CONNECTIONS_MAX) {
      return;
    }
    long silentNanos = TimeUnit.SECONDS.toNanos(SILENT_SECONDS_MAX);
    for (HttpConnection connection : List.copyOf(connections)) {
      connection.closeIfSilent(silentNanos);
    }
    loop.schedule(this::makeRoom, silentNanos);
  }

  private static String account(Channel channel) {
    try {
      PeerCredentials credentials =
          switch (channel) {
            case EpollDomainSocketChannel epoll -> epoll.peerCredentials();
            case IoUringDomainSocketChannel ring -> ring.peerCredentials();
            default -> throw new IOException("a channel without credentials");
          };
      return "uid " + credentials.uid() + ", pid " + credentials.pid();
    } catch (IOException e) {
      return "unknown account";
    }
  }
}
