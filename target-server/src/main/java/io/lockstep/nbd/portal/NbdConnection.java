package io.lockstep.nbd.portal;

import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.block.ring.GatheredOutput;
import io.lockstep.block.ring.LoopMove;
import io.lockstep.block.ring.RefusedLogins;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.nbd.session.Agreed;
import io.lockstep.nbd.session.Handshake;
import io.lockstep.nbd.session.HandshakeOutput;
import io.lockstep.nbd.session.NbdSession;
import io.lockstep.nbd.session.ReplyOutput;
import io.lockstep.nbd.session.SessionContext;
import io.lockstep.nbd.wire.HandshakeDecoder;
import io.lockstep.nbd.wire.RequestDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection of a client, from accept to close.
///
/// ```
///  HANDSHAKE ─► SECURING ─► HANDSHAKE ─► MOVING ─► TRANSMISSION ─► CLOSED
/// ```
///
/// The handshake is on the portal's loop. Then it moves once: it has stopped reading, the last
/// answer has left, in a later turn the channel is deregistered, then registered on the loop of the
/// export, and read again. Deregistering with a read outstanding would hang io_uring's transport,
/// so `autoRead` is off for good and each read is asked for.
///
/// Edge: an exception while the client's bytes are taken, here or before this handler, ends this
/// connection only, and is logged once with its cause. What the portal and the export throw comes
/// from inside and ends the process, as every [Error] does.
///
/// Ownership: every field belongs to the loop the channel is registered on, but those that are
/// volatile, which any thread may read.
final class NbdConnection extends ChannelInboundHandlerAdapter
    implements HandshakeOutput, ReplyOutput {
  private static final Logger LOG = LoggerFactory.getLogger(NbdConnection.class);
  private static final long TICK_NANOS = 1_000_000_000L;

  /// Where the connection is in its life.
  private enum Phase {
    HANDSHAKE,
    SECURING,
    MOVING,
    TRANSMISSION,
    CLOSED
  }

  /// What the connections of a portal share.
  ///
  /// @param loop the portal's, where they begin
  record Shared(
      NbdPortalConfig config,
      ExportDirectory directory,
      RingLoop loop,
      Budgets budgets,
      RefusedLogins refused) {}

  /// Who has taken the connection, and counts it; told on the portal's loop.
  interface Owner {
    /// Whether a client has a place for another connection to an export.
    boolean hasPlace(Client client);

    /// It has an export.
    void entered(NbdConnection connection);

    /// It is gone and nothing it asked for is still being executed.
    void ended(NbdConnection connection);
  }

  /// How a connection is told to end.
  ///
  /// @param withdrawn whether its export is gone for good
  private record Ending(String why, boolean withdrawn) {
    private void tell(NbdSession session) {
      if (withdrawn) {
        session.withdraw(why);
      } else {
        session.shutDown(why);
      }
    }
  }

  private final Shared shared;
  private final Owner owner;
  private final Channel channel;
  private final SocketAddress remote;
  private final InetAddress address;
  private final AskedExports exports;
  private final Handshake handshake;
  private final HandshakeDecoder options;
  private final GatheredOutput output;
  private final Loop.Timer handshakeDeadline;

  /// What arrived but was not taken yet.
  private final ArrayDeque<ByteBuf> untaken = new ArrayDeque<>();

  private RingLoop loop;
  private volatile Phase phase = Phase.HANDSHAKE;
  private volatile @Nullable Ending ending;

  /// Since when its requests have not been taken; 0 while they are.
  private volatile long stoodStillNanos;

  private @Nullable Agreed agreed;
  private @Nullable ConnectionView view;
  private @Nullable NbdSession session;
  private @Nullable RequestDecoder requests;

  /// Whether TLS sees the bytes first.
  private boolean tlsBegun;

  /// Whether an exception has ended it: nothing is taken any more.
  private boolean broken;

  NbdConnection(Shared shared, Owner owner, Channel channel) {
    this.shared = shared;
    this.owner = owner;
    this.channel = channel;
    this.loop = shared.loop();
    Remote from = Remote.of(channel);
    this.remote = from.socket();
    this.address = from.counted();
    Client client = new Client(from.address(), Optional.empty(), false);
    this.exports = new AskedExports(shared.directory(), owner::hasPlace, client);
    this.handshake = new Handshake(shared.config().tls().mode(), exports, this);
    this.options = new HandshakeDecoder(handshake);
    NbdPortalLimits limits = shared.config().limits();
    this.output =
        new GatheredOutput(
            channel,
            loop,
            new GatheredOutput.Limits(limits.unsentCopiedBytesMax(), limits.closeNanosMax()),
            this::takeMore);
    this.handshakeDeadline = loop.schedule(this::handshakeTooSlow, limits.handshakeNanosMax());
  }

  // --- Reading.

  @Override
  public void channelActive(ChannelHandlerContext context) {
    handshake.begin();
    context.read();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    untaken.addLast((ByteBuf) message);
    if (untaken.size() == 1) {
      take();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    output.flush();
    readOn();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    takeMore();
  }

  /// Takes what was left aside.
  private void takeMore() {
    if (mayTake() && phase != Phase.CLOSED) {
      take();
      readOn();
    }
  }

  @Override
  public void goOn() {
    loop.execute(this::takeMore);
  }

  /// Feeds what has arrived to a decoder, until somebody wants a pause.
  private void take() {
    try {
      feed();
    } catch (RuntimeException fault) {
      broke(fault);
    }
  }

  private void broke(Exception fault) {
    if (!broken) {
      broken = true;
      LOG.error("{}: a fault here ends it", remote, fault);
      channel.close();
    }
  }

  private void feed() {
    while (!untaken.isEmpty() && mayTake()) {
      ByteBuf bytes = untaken.getFirst();
      ByteBuffer piece = bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes());
      int before = piece.position();
      feed(piece);
      bytes.skipBytes(piece.position() - before);
      if (!bytes.isReadable()) {
        untaken.removeFirst().release();
      }
    }
    if (phase == Phase.SECURING && !tlsBegun && !untaken.isEmpty()) {
      // It may come from somebody between us and the client.
      end("the client sends more before TLS has begun");
    }
  }

  private void feed(ByteBuffer piece) {
    switch (phase) {
      case HANDSHAKE -> options.feed(piece);
      case TRANSMISSION -> Check.present(requests, "in transmission").feed(piece);
      case CLOSED, SECURING, MOVING -> piece.position(piece.limit());
    }
  }

  private boolean mayTake() {
    NbdSession open = session;
    boolean takes =
        !broken
            && switch (phase) {
              case CLOSED -> true;
              case HANDSHAKE -> output.isWritable();
              case SECURING, MOVING -> false;
              case TRANSMISSION -> open != null && open.mayTake();
            };
    if (takes) {
      stoodStillNanos = 0;
    } else if (stoodStillNanos == 0) {
      stoodStillNanos = Math.max(1, loop.nowNanos());
    }
    return takes;
  }

  private void readOn() {
    if (untaken.isEmpty() && mayTake() && phase != Phase.CLOSED) {
      channel.read();
    }
  }

  // --- The handshake, on the portal's loop.

  @Override
  public void send(ByteBuffer bytes) {
    output.send(bytes);
  }

  @Override
  public void startTls() {
    phase = Phase.SECURING;
    output.flushThen(() -> loop.execute(this::secure));
  }

  private void secure() {
    if (phase != Phase.SECURING) {
      return;
    }
    SslHandler tls =
        shared.config().tls().handler(channel, shared.config().limits().handshakeNanosMax());
    tlsBegun = true;
    channel.pipeline().addFirst(tls);
    tls.handshakeFuture()
        .addListener(done -> loop.guard(() -> secured(tls, Optional.ofNullable(done.cause()))));
    channel.read();
  }

  private void secured(SslHandler tls, Optional<Throwable> fault) {
    if (phase != Phase.SECURING) {
      return;
    }
    if (fault.isPresent()) {
      shared.refused().refused(remote, "", "TLS", String.valueOf(fault.get().getMessage()));
      end("TLS did not begin");
      return;
    }
    exports.client(new Client(exports.client().address(), TlsSetup.clientName(tls), true));
    handshake.secured();
    phase = Phase.HANDSHAKE;
    take();
    readOn();
  }

  @Override
  public void refused(String name, String why) {
    shared.refused().refused(remote, name, why, why);
  }

  @Override
  public void enter(Agreed outcome) {
    agreed = outcome;
    phase = Phase.MOVING;
    view = new ConnectionView(outcome.facts().name(), exports.client(), remote, Instant.now());
    loop.guard(() -> owner.entered(this));
    output.flushThen(() -> loop.execute(this::move));
  }

  private void move() {
    if (!channel.isActive()) {
      return;
    }
    RingLoop next = exports.found().orElseThrow().loop();
    LoopMove.move(
        channel,
        loop,
        next,
        fault -> fault.ifPresentOrElse(this::movedNowhere, () -> enterTransmission(next)));
  }

  private void movedNowhere(Throwable cause) {
    LOG.warn("{}: cannot move to the loop of its export: {}", remote, cause.toString());
    channel.unsafe().closeForcibly();
    lose();
  }

  // --- Transmission, on the export's loop.

  private void enterTransmission(RingLoop next) {
    loop = next;
    output.moveTo(next);
    handshakeDeadline.cancel();
    if (phase == Phase.CLOSED || !channel.isActive()) {
      lose();
      return;
    }
    ExportDirectory.Answer.Serves served = exports.found().orElseThrow();
    NbdSession open =
        new NbdSession(
            new SessionContext(
                Check.present(agreed, "agreed"),
                served.export(),
                shared.config().sessionLimits(),
                shared.budgets().of(next),
                next),
            this);
    session = open;
    requests = new RequestDecoder(open);
    phase = Phase.TRANSMISSION;
    LOG.info("{}: connection to {}", remote, view().exportName());
    Ending wanted = ending;
    if (wanted != null) {
      wanted.tell(open);
    }
    tick();
    take();
    readOn();
  }

  @Override
  public void sendPayload(ByteBuffer payload, Runnable sent) {
    output.sendPayload(payload, sent);
  }

  @Override
  public boolean isWritable() {
    return output.isWritable();
  }

  private void tick() {
    NbdSession open = session;
    if (phase == Phase.TRANSMISSION && open != null) {
      open.tick(loop.nowNanos());
      loop.schedule(this::tick, TICK_NANOS);
    }
  }

  // --- The end.

  /// Ends it: what it has taken is carried out and answered. Callable from any thread.
  void requestClose(String why) {
    requestEnd(new Ending(why, false));
  }

  /// Its export is gone for good: it is told so, and ends. Callable from any thread.
  void withdraw(String why) {
    requestEnd(new Ending(why, true));
  }

  private void requestEnd(Ending wanted) {
    ending = wanted;
    channel.eventLoop().execute(() -> endIfHere(wanted));
  }

  private void endIfHere(Ending wanted) {
    if (!channel.eventLoop().inEventLoop()) {
      requestEnd(wanted);
      return;
    }
    NbdSession open = session;
    if (phase == Phase.TRANSMISSION && open != null) {
      loop.guard(() -> wanted.tell(open));
    } else if (phase == Phase.HANDSHAKE || phase == Phase.SECURING) {
      end(wanted.why());
    }
    // MOVING: enterTransmission looks at it.
  }

  private void handshakeTooSlow() {
    if (phase == Phase.HANDSHAKE || phase == Phase.SECURING || phase == Phase.MOVING) {
      end("the handshake took too long");
      channel.close();
    }
  }

  private void end(String why) {
    phase = Phase.CLOSED;
    output.close(why);
  }

  @Override
  public void close(String why) {
    if (phase == Phase.TRANSMISSION) {
      output.close(why);
    } else {
      end(why);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    loop.guard(this::lose);
  }

  /// The channel is gone.
  private void lose() {
    boolean served = phase == Phase.TRANSMISSION;
    phase = Phase.CLOSED;
    handshakeDeadline.cancel();
    output.lost();
    while (!untaken.isEmpty()) {
      untaken.removeFirst().release();
    }
    if (served) {
      String why = output.closedWhy();
      String cause = why.isEmpty() ? "the client closed it" : why;
      LOG.info("{}: connection to {} ended: {}", remote, view().exportName(), cause);
    }
    NbdSession open = session;
    session = null;
    if (open != null) {
      open.connectionLost(this::quiet);
    } else {
      quiet();
    }
  }

  private void quiet() {
    shared.loop().execute(() -> owner.ended(this));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Throwable first =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    switch (first) {
      case IOException _ -> {
        LOG.debug("{}: {}", remote, first.toString());
        context.close();
      }
      case Exception fault -> loop.guard(() -> broke(fault));
      default -> loop.fatal(first);
    }
  }

  // --- For the portal.

  /// Where it comes from; loopback for a Unix socket.
  InetAddress address() {
    return address;
  }

  /// Whether requests of it have not been taken for so long. Callable from any thread.
  boolean hasStoodStill(long nanos) {
    long since = stoodStillNanos;
    return phase == Phase.TRANSMISSION && since != 0 && shared.loop().nowNanos() - since >= nanos;
  }

  ConnectionView view() {
    return Check.present(view, "it has an export");
  }
}
