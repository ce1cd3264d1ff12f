package io.lockstep.iscsi.portal;

import io.lockstep.block.Loop;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.login.KeyText;
import io.lockstep.iscsi.login.RoleKey;
import io.lockstep.iscsi.pdu.AdditionalHeaders;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.DecodeFault;
import io.lockstep.iscsi.pdu.InitiatorPdu.LoginRequest;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.PduDecoder;
import io.lockstep.iscsi.pdu.PduEncoder;
import io.lockstep.iscsi.pdu.PduSink;
import io.lockstep.iscsi.pdu.TargetPdu.LoginResponse;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks one portal who serves, with the first request of a discovery login and no second one: no
/// session comes of it, so a portal that is full of sessions answers too.
///
/// Invariant: `done` runs once, on the loop, within the time; whatever goes wrong is silence.
public final class RoleQuestion extends ChannelInboundHandlerAdapter implements PduSink {
  private static final Logger LOG = LoggerFactory.getLogger(RoleQuestion.class);

  private final RingLoop loop;
  private final Asked asked;
  private final Consumer<Optional<RoleKey.Told>> done;
  private final Runnable mute;
  private final PduDecoder decoder = new PduDecoder(this);
  private final Loop.Timer deadline;
  private @Nullable ChannelFuture connecting;
  /// Whether the connection was taken, and nothing has come on it.
  private boolean mutelyTaken;
  private boolean answered;

  /// What is asked, of whom.
  ///
  /// @param address of the portal; silence if it is unresolved
  /// @param initiatorName the asking node's iSCSI name
  /// @param question see [RoleKey#question]
  /// @param nanosMax how long it may take
  public record Asked(
      InetSocketAddress address, String initiatorName, String question, long nanosMax) {}

  private RoleQuestion(
      RingLoop loop, Asked asked, Consumer<Optional<RoleKey.Told>> done, Runnable mute) {
    this.loop = loop;
    this.asked = asked;
    this.done = done;
    this.mute = mute;
    this.deadline = loop.schedule(this::late, asked.nanosMax());
  }

  /// Asks; called on the loop.
  public static void ask(RingLoop loop, Asked asked, Consumer<Optional<RoleKey.Told>> done) {
    ask(loop, asked, done, () -> {});
  }

  /// @param mute runs before `done`, if the connection was taken and nothing came on it
  public static void ask(
      RingLoop loop, Asked asked, Consumer<Optional<RoleKey.Told>> done, Runnable mute) {
    RoleQuestion question = new RoleQuestion(loop, asked, done, mute);
    if (asked.address().isUnresolved()) {
      loop.execute(() -> question.end(Optional.empty()));
    } else {
      question.connect();
    }
  }

  private void connect() {
    ChannelFuture future =
        new Bootstrap()
            .group(loop.eventLoop())
            .channel(loop.kind().socketChannel())
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) TimeUnit.NANOSECONDS.toMillis(asked.nanosMax()))
            .handler(this)
            .connect(asked.address());
    connecting = future;
    future.addListener(
        _ ->
            loop.execute(
                () -> {
                  if (!future.isSuccess()) {
                    end(Optional.empty());
                  }
                }));
  }

  private void late() {
    if (mutelyTaken && !answered) {
      mute.run();
    }
    end(Optional.empty());
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    mutelyTaken = true;
    StringBuilder text = new StringBuilder();
    KeyText.append(text, "InitiatorName", asked.initiatorName());
    KeyText.append(text, "SessionType", "Discovery");
    KeyText.append(text, RoleKey.NAME, asked.question());
    ByteBuffer data = KeyText.bytes(text);
    BasicHeader header = new BasicHeader();
    new LoginRequest(false, false, 0, 0, 0, 0, 0, 0, 0, 0, data).writeTo(header);
    ByteBuffer bytes = ByteBuffer.allocate(PduEncoder.bytesMax(data.remaining()));
    new PduEncoder().put(header, data, bytes);
    context.writeAndFlush(Unpooled.wrappedBuffer(bytes.flip()), context.voidPromise());
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    mutelyTaken = false;
    try {
      decoder.feed(bytes.nioBuffer());
    } finally {
      bytes.release();
    }
  }

  @Override
  public ByteBuffer dataTarget(BasicHeader header, AdditionalHeaders additional) {
    return ByteBuffer.allocate(header.dataSegmentLength());
  }

  @Override
  public boolean received(
      BasicHeader header,
      AdditionalHeaders additional,
      @Nullable ByteBuffer data,
      boolean dataIntact) {
    end(
        header.opcode() == Opcode.LOGIN_RESPONSE && data != null
            ? told(LoginResponse.read(header, data))
            : Optional.empty());
    return false;
  }

  private static Optional<RoleKey.Told> told(LoginResponse response) {
    return KeyText.parse(response.data()).orElse(List.of()).stream()
        .filter(pair -> pair.key().equals(RoleKey.NAME))
        .findFirst()
        .flatMap(pair -> RoleKey.Told.parse(pair.value()));
  }

  @Override
  public void broken(DecodeFault fault) {
    end(Optional.empty());
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end(Optional.empty());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    switch (cause) {
      case IOException _ -> {}
      case Exception fault -> LOG.error("an answer of {} was not taken", asked.address(), fault);
      default -> loop.fatal(cause);
    }
    end(Optional.empty());
  }

  private void end(Optional<RoleKey.Told> answer) {
    if (answered) {
      return;
    }
    answered = true;
    deadline.cancel();
    ChannelFuture future = connecting;
    if (future != null) {
      future.cancel(false);
      future.channel().close();
    }
    loop.guard(() -> done.accept(answer));
  }
}
