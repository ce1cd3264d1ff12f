package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.iscsi.pdu.Opcode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/// An exception at the edge of an initiator's connection ends that connection, before the login and
/// after it, is logged once with its cause, and the others go on; what is thrown behind the edge
/// ends the process. [PortalBench] adds that every buffer was given back.
@Tag("shell")
final class ConnectionEdgeTest {
  private static final String KINDS = "io.lockstep.iscsi.portal.PortalBench#kinds";
  private static final String NAME = "iqn.2026-11.io.lockstep:tester";

  private final AtomicReference<@Nullable UnaryOperator<ByteBuf>> plant = new AtomicReference<>();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(Connection.class.getPackageName());

  /// Does to what has arrived what the plant says, once.
  private final class Planted extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      UnaryOperator<ByteBuf> planted = plant.getAndSet(null);
      context.fireChannelRead(planted == null ? message : planted.apply((ByteBuf) message));
    }
  }

  private static ByteBuf tooLong(ByteBuf bytes) {
    bytes.release();
    throw new TooLongFrameException("planted");
  }

  /// A buffer in two parts has no view of its own, so the connection itself stumbles.
  private static ByteBuf inTwo(ByteBuf bytes) {
    int half = bytes.readableBytes() / 2;
    return Unpooled.wrappedBuffer(bytes.readRetainedSlice(half), bytes.readSlice(half));
  }

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(log);
  }

  private PortalBench bench(LoopKind kind) {
    return new PortalBench(
        kind, PortalConfig.of("127.0.0.1", 0, 1), pipeline -> pipeline.addLast(new Planted()));
  }

  private static TestInitiator loggedIn(PortalBench bench, long isid) {
    TestInitiator initiator = new TestInitiator(bench.port());
    assertThat(initiator.login(NAME, isid, PortalBench.IQN).status()).isZero();
    initiator.testUnitReady();
    return initiator;
  }

  private long faults() {
    return log.list.stream().filter(line -> line.getThrowableProxy() != null).count();
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void anExceptionEndsTheConnectionAlone(LoopKind kind) {
    try (PortalBench bench = bench(kind);
        TestInitiator good = loggedIn(bench, 1)) {
      int rounds = 0;
      for (UnaryOperator<ByteBuf> fault :
          List.<UnaryOperator<ByteBuf>>of(ConnectionEdgeTest::tooLong, ConnectionEdgeTest::inTwo)) {
        try (TestInitiator early = new TestInitiator(bench.port())) {
          plant.set(fault);
          early.sendBytes(new byte[48], 48);
          early.awaitClose();
        }
        try (TestInitiator late = loggedIn(bench, 2)) {
          plant.set(fault);
          late.read(7, 0, 8);
          late.awaitClose();
        }
        rounds += 2;
        assertThat(faults()).isEqualTo(rounds);
        PortalBench.await("the session is gone", () -> bench.portal.sessions().size() == 1);
      }
      good.read(9, 0, 8);
      assertThat(good.receive().opcode()).isEqualTo(Opcode.DATA_IN);
      assertThat(bench.bugs).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void anExceptionWhileACdbIsReadEndsTheConnectionAlone(LoopKind kind) {
    try (PortalBench bench = bench(kind);
        TestInitiator good = loggedIn(bench, 1)) {
      try (TestInitiator late = new TestInitiator(bench.port())) {
        assertThat(late.login(NAME, 2, PortalBench.STUMBLES_IQN).status()).isZero();
        late.ask(7, "ff000000000000000000", 0).header();
      } catch (AssertionError closed) {
        assertThat(closed).hasMessageContaining("closed the connection");
      }
      assertThat(faults()).isEqualTo(1);
      good.read(9, 0, 8);
      assertThat(good.receive().opcode()).isEqualTo(Opcode.DATA_IN);
    }
  }

  /// The connection goes on; a host may send such a command for ever, and not fill the log.
  @ParameterizedTest
  @MethodSource(KINDS)
  void anExceptionWhileAParameterListIsReadEndsTheCommandAlone(LoopKind kind) {
    try (PortalBench bench = bench(kind);
        TestInitiator host = new TestInitiator(bench.port())) {
      assertThat(host.login(NAME, 2, PortalBench.STUMBLES_IQN).status()).isZero();
      for (int tag = 1; tag <= 20; tag++) {
        assertThat(host.ask(tag, "fe000000000000000000", 0).sense()).isEqualTo("052000");
        assertThat(faults()).isEqualTo(Math.min(tag, 10));
      }
      assertThat(log.list.stream().map(ILoggingEvent::getFormattedMessage).toList())
          .anyMatch(line -> line.contains(NAME + " CDB FE00") && line.endsWith("ends the command"))
          .anyMatch(line -> line.endsWith("more of them are not logged"));
      assertThat(bench.bugs).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void whatIsThrownBehindTheEdgeEndsTheProcess(LoopKind kind) {
    try (PortalBench bench = bench(kind);
        TestInitiator late = new TestInitiator(bench.port())) {
      assertThat(late.login(NAME, 2, PortalBench.STUMBLES_IQN).status()).isZero();
      late.command(7, true, 0, 1, ByteBuffer.allocate(512));
      PortalBench.await("the process would end", () -> !bench.bugs.isEmpty());
      assertThat(bench.bugs.getFirst())
          .isInstanceOf(AssertionError.class)
          .hasRootCauseMessage("stumbles while it executes");
      bench.bugs.clear();
    }
  }
}
