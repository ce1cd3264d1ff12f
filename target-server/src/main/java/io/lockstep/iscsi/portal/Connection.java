package io.lockstep.iscsi.portal;

import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.block.ring.LoopMove;
import io.lockstep.block.ring.RefusedLogins;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.login.LoginNegotiation;
import io.lockstep.iscsi.login.LoginStep;
import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.pdu.AdditionalHeaders;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.DecodeFault;
import io.lockstep.iscsi.pdu.InitiatorPdu.LoginRequest;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.PduDecoder;
import io.lockstep.iscsi.pdu.PduLimits;
import io.lockstep.iscsi.pdu.PduSink;
import io.lockstep.iscsi.session.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// One TCP connection of an initiator, from accept to close.
///
/// ```
///  LOGIN ─► REINSTATING ─► MOVING ─► FULL_FEATURE ─► CLOSED
/// ```
///
/// It logs in on the portal's loop. Then it moves once: it has stopped reading, the last login
/// response has left, in a later turn the channel is deregistered, then registered on the loop of
/// the target, and read again. Deregistering with a read outstanding would hang io_uring's
/// transport, so `autoRead` is off for good and each read is asked for.
///
/// Edge: an exception while the initiator's bytes are taken, here or before this handler, ends this
/// connection only, and is logged once with its cause. What the registry and the target throw comes
/// from inside and ends the process, as every [Error] does; so does a session that cannot be let
/// go: nobody knows then whether what it asked for is over.
///
/// Ownership: every field belongs to the loop the channel is registered on, but `phase` and
/// `closeWanted`, which any thread may read.
final class Connection extends ChannelInboundHandlerAdapter
    implements PduSink, SessionRegistry.Member {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final long TICK_NANOS = 1_000_000_000L;

  /// Where the connection is in its life.
  private enum Phase {
    LOGIN,
    REINSTATING,
    MOVING,
    FULL_FEATURE,
    CLOSED
  }

  /// What the connections of a portal share.
  ///
  /// @param loop the portal's, where they log in
  record Shared(
      PortalConfig config,
      TargetDirectory directory,
      RingLoop loop,
      SessionRegistry registry,
      SessionOpener sessions,
      RefusedLogins refused) {}

  /// Who has taken the connection, and counts it; told on the portal's loop.
  interface Owner {
    /// It has negotiated its login.
    void loggedIn(Connection connection, boolean discovers);

    /// It is gone and nothing it asked for is still being executed.
    ///
    /// @param registered whether the registry knows it
    void ended(Connection connection, boolean registered);
  }

  private final Shared shared;
  private final Owner owner;
  private final Channel channel;
  private final InetAddress address;
  private final LoginAdmission admission;
  private final LoginNegotiation login;
  private final PduDecoder decoder = new PduDecoder(this);
  private final ConnectionOutput output;

  /// What arrived but was not taken yet.
  private final ArrayDeque<ByteBuf> untaken = new ArrayDeque<>();

  private final BasicHeader header = new BasicHeader();
  private final Loop.Timer loginDeadline;
  private RingLoop loop;
  private volatile Phase phase = Phase.LOGIN;
  private volatile @Nullable String closeWanted;
  private @Nullable SessionParameters parameters;
  private @Nullable SessionView view;
  private @Nullable Session session;

  /// Whether the portal's registry knows this connection.
  private boolean registered;

  /// Whether an exception has ended it: nothing is taken any more.
  private boolean broken;

  Connection(Shared shared, Owner owner, Channel channel) {
    this.shared = shared;
    this.owner = owner;
    this.channel = channel;
    this.loop = shared.loop();
    this.address =
        channel.remoteAddress() instanceof InetSocketAddress remote
            ? remote.getAddress()
            : InetAddress.getLoopbackAddress(); // It has gone already.
    this.admission = new LoginAdmission(shared.directory(), shared.registry(), address);
    this.login = new LoginNegotiation(shared.config().login(), admission);
    PortalLimits limits = shared.config().limits();
    this.output = new ConnectionOutput(channel, loop, limits, this::goOn);
    this.loginDeadline = loop.schedule(this::loginTooSlow, limits.loginNanosMax());
  }

  // --- Reading.

  @Override
  public void channelActive(ChannelHandlerContext context) {
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
    goOn();
  }

  /// Takes what was left aside while the initiator did not read.
  private void goOn() {
    if (phase == Phase.FULL_FEATURE && output.isWritable()) {
      take();
      readOn();
    }
  }

  /// Feeds what has arrived to the decoder, until somebody wants a pause.
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
      LOG.error("{} {}: a fault here ends it", remote(), login.initiatorName(), fault);
      channel.close();
    }
  }

  private void feed() {
    while (!untaken.isEmpty() && mayTake()) {
      ByteBuf bytes = untaken.getFirst();
      ByteBuffer piece = bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes());
      int before = piece.position();
      decoder.feed(piece);
      bytes.skipBytes(piece.position() - before);
      if (!bytes.isReadable()) {
        untaken.removeFirst().release();
      }
    }
  }

  private boolean mayTake() {
    return !broken
        && switch (phase) {
          case LOGIN, CLOSED -> true;
          case REINSTATING, MOVING -> false;
          case FULL_FEATURE -> output.isWritable();
        };
  }

  private void readOn() {
    if (untaken.isEmpty() && mayTake() && phase != Phase.CLOSED) {
      channel.read();
    }
  }

  @Override
  public @Nullable ByteBuffer dataTarget(BasicHeader received, AdditionalHeaders additional) {
    Session open = session;
    return switch (phase) {
      case LOGIN -> ByteBuffer.allocate(received.dataSegmentLength());
      case FULL_FEATURE -> open == null ? null : open.dataTarget(received, additional);
      case REINSTATING, MOVING, CLOSED -> null;
    };
  }

  @Override
  public boolean received(
      BasicHeader received,
      AdditionalHeaders additional,
      @Nullable ByteBuffer data,
      boolean dataIntact) {
    Session open = session;
    if (phase == Phase.FULL_FEATURE && open != null) {
      return open.received(received, additional, data, dataIntact);
    }
    if (phase == Phase.LOGIN) {
      logIn(received, data == null ? ByteBuffer.allocate(0) : data);
    }
    return mayTake();
  }

  @Override
  public void broken(DecodeFault fault) {
    Session open = session;
    if (open != null) {
      open.broken(fault);
    } else {
      end(fault.sentence());
    }
  }

  // --- Login, on the portal's loop.

  private void logIn(BasicHeader received, ByteBuffer data) {
    if (received.opcode() != Opcode.LOGIN_REQUEST) {
      end("something else than a login request before the login");
      return;
    }
    int cmdSn = received.cmdSn();
    LoginStep step =
        login.onRequest(LoginRequest.read(received, data), cmdSn, received.expStatSn());
    step.response().writeTo(header);
    int window = step instanceof LoginStep.Complete ? commandsMax() : 1;
    header.targetNumbers(step.statSn(), cmdSn, cmdSn + window - 1);
    switch (step) {
      case LoginStep.Continue(var response, _) -> output.send(header, response.data());
      case LoginStep.Refuse(var response, _, var status, var why) -> {
        output.send(header, response.data());
        shared
            .refused()
            .refused(channel.remoteAddress(), login.initiatorName(), status.toString(), why);
        end(why);
      }
      case LoginStep.Complete complete -> reinstate(complete);
    }
  }

  private int commandsMax() {
    return shared.config().sessionLimits().commandsMax();
  }

  /// Takes the place of an older session of the same initiator, once that is quiet.
  private void reinstate(LoginStep.Complete complete) {
    SessionParameters agreed = complete.parameters();
    phase = Phase.REINSTATING;
    parameters = agreed;
    view =
        new SessionView(
            agreed.initiatorName(),
            agreed.targetName().orElse(""),
            agreed.isid(),
            agreed.tsih(),
            channel.remoteAddress(),
            Instant.now());
    registered = true;
    loop.guard(
        () -> {
          owner.loggedIn(this, agreed.targetName().isEmpty());
          shared.registry().open(this, () -> respondAndMove(complete));
        });
  }

  private void respondAndMove(LoginStep.Complete complete) {
    if (phase != Phase.REINSTATING) {
      return;
    }
    admission.revoked().ifPresent(this::requestClose);
    phase = Phase.MOVING;
    output.send(header, complete.response().data());
    output.flushThen(() -> loop.execute(this::move));
  }

  private void move() {
    if (!channel.isActive()) {
      return;
    }
    RingLoop next = admission.served().map(TargetDirectory.Answer.Serves::loop).orElse(loop);
    LoopMove.move(
        channel,
        loop,
        next,
        fault -> fault.ifPresentOrElse(this::movedNowhere, () -> enterFullFeature(next)));
  }

  private void movedNowhere(Throwable cause) {
    LOG.warn("{}: cannot move to the loop of its target: {}", remote(), cause.toString());
    channel.unsafe().closeForcibly();
    lose();
  }

  // --- Full feature phase, on the target's loop.

  private void enterFullFeature(RingLoop next) {
    loop = next;
    output.moveTo(next);
    loginDeadline.cancel();
    if (phase == Phase.CLOSED || !channel.isActive()) {
      lose();
      return;
    }
    SessionParameters agreed = parameters();
    decoder.configure(
        new PduLimits(agreed.targetDataSegmentBytesMax(), PduLimits.AHS_BYTES_MAX),
        agreed.headerDigest(),
        agreed.dataDigest());
    output.digests(agreed.headerDigest(), agreed.dataDigest());
    InetSocketAddress local = (InetSocketAddress) channel.localAddress();
    Session open = shared.sessions().open(agreed, admission.served(), output, local, loop);
    session = open;
    phase = Phase.FULL_FEATURE;
    if (agreed.targetName().isEmpty()) {
      LOG.debug("{} {}: discovery session", remote(), agreed.initiatorName());
    } else {
      LOG.info(
          "{} {}: session with {}",
          remote(),
          agreed.initiatorName(),
          agreed.targetName().orElse(""));
    }
    String why = closeWanted;
    if (why != null) {
      open.shutDown(why);
    }
    tick();
    take();
    output.flush();
    readOn();
  }

  private void tick() {
    Session open = session;
    if (phase == Phase.FULL_FEATURE && open != null) {
      open.tick(loop.nowNanos());
      loop.schedule(this::tick, TICK_NANOS);
    }
  }

  // --- The end.

  @Override
  public void requestClose(String why) {
    closeWanted = why;
    channel.eventLoop().execute(() -> closeIfHere(why));
  }

  private void closeIfHere(String why) {
    if (!channel.eventLoop().inEventLoop()) {
      requestClose(why);
      return;
    }
    Session open = session;
    if (phase == Phase.FULL_FEATURE && open != null) {
      loop.guard(() -> open.shutDown(why));
    } else if (phase == Phase.REINSTATING || phase == Phase.LOGIN) {
      end(why);
    }
    // MOVING: enterFullFeature looks at closeWanted.
  }

  private void loginTooSlow() {
    if (phase == Phase.LOGIN || phase == Phase.REINSTATING || phase == Phase.MOVING) {
      end("the login took too long");
      channel.close();
    }
  }

  private void end(String why) {
    phase = Phase.CLOSED;
    output.close(why);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    loop.guard(this::lose);
  }

  /// The channel is gone.
  private void lose() {
    boolean loggedIn = phase == Phase.FULL_FEATURE;
    phase = Phase.CLOSED;
    loginDeadline.cancel();
    output.lost();
    while (!untaken.isEmpty()) {
      untaken.removeFirst().release();
    }
    if (loggedIn) {
      String why = output.closedWhy();
      String cause = why.isEmpty() ? "the initiator closed the connection" : why;
      Level level = parameters().targetName().isEmpty() ? Level.DEBUG : Level.INFO;
      LOG.atLevel(level).log("{} {}: session ended: {}", remote(), login.initiatorName(), cause);
    }
    Session open = session;
    session = null;
    if (open != null) {
      open.connectionLost(this::quiet);
    } else {
      quiet();
    }
  }

  private void quiet() {
    shared.loop().execute(() -> owner.ended(this, registered));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    switch (cause) {
      case IOException _ -> {
        LOG.debug("{}: {}", remote(), cause.toString());
        context.close();
      }
      case Exception fault -> loop.guard(() -> broke(fault));
      default -> loop.fatal(cause);
    }
  }

  // --- For the portal and its registry.

  /// Where it comes from.
  InetAddress address() {
    return address;
  }

  @Override
  public SessionKey key() {
    SessionParameters agreed = parameters();
    return new SessionKey(agreed.initiatorName(), agreed.isid(), agreed.targetName().orElse(""));
  }

  @Override
  public SessionPlaces.Holder holder() {
    return admission.holder(parameters().initiatorName());
  }

  @Override
  public SessionParameters parameters() {
    return Check.present(parameters, "it has logged in");
  }

  @Override
  public SessionView view() {
    return Check.present(view, "it has logged in");
  }

  private String remote() {
    return String.valueOf(channel.remoteAddress());
  }
}
