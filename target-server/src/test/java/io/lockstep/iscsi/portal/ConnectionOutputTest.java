package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a connection holds for an initiator that does not read is bounded: nothing leaves here
/// until the test says so.
@Tag("shell")
class ConnectionOutputTest {
  private static final int CHUNK_BYTES = 64 << 10;
  private static final int COPIED_MAX = PortalLimits.DEFAULT.unsentCopiedBytesMax();
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);

  private final RingLoop loop =
      RingLoop.start("output", LoopKind.EPOLL, (_, cause) -> cause.printStackTrace());
  private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
  private final Wire wire = new Wire();
  private final EmbeddedChannel channel = new EmbeddedChannel(wire);
  private final BasicHeader header = new BasicHeader();
  private int writableCount;
  private int sentCount;
  private final ConnectionOutput output =
      new ConnectionOutput(channel, loop, PortalLimits.DEFAULT, () -> writableCount++);

  ConnectionOutputTest() {
    channel.config().setAllocator(memory);
  }

  /// A wire on which nothing moves by itself.
  private static final class Wire extends ChannelOutboundHandlerAdapter {
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();
    private boolean fails;

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      if (fails) {
        ReferenceCountUtil.release(message);
        promise.tryFailure(new ClosedChannelException());
        return;
      }
      held.addLast(
          () -> {
            ReferenceCountUtil.release(message);
            promise.trySuccess();
          });
    }

    void letGo() {
      while (!held.isEmpty()) {
        held.removeFirst().run();
      }
    }
  }

  /// Runs something on the loop, and all that follows from it.
  private void onLoop(Runnable body) {
    for (Runnable each : new Runnable[] {body, () -> {}}) {
      CompletableFuture<Boolean> done = new CompletableFuture<>();
      loop.execute(
          () -> {
            each.run();
            loop.execute(() -> done.complete(true));
          });
      assertThat(done.orTimeout(20, TimeUnit.SECONDS).join()).isTrue();
    }
  }

  @AfterEach
  void noMemoryIsLeft() {
    onLoop(output::lost);
    onLoop(wire::letGo);
    loop.close();
    assertThat(memory.metric().usedDirectMemory()).isZero();
  }

  @Test
  void headsOfPayloadsShareAChunk() {
    ByteBuffer payload = ByteBuffer.allocateDirect(8192);
    int count = 1000;
    onLoop(
        () -> {
          for (int index = 0; index < count; index++) {
            output.sendPayload(header, payload.duplicate(), index == 0 ? () -> sentCount++ : null);
          }
        });
    assertThat(memory.metric().usedDirectMemory())
        .isLessThanOrEqualTo(count * (long) BasicHeader.BYTES + 2 * CHUNK_BYTES);
    assertThat(sentCount).isZero();
    onLoop(wire::letGo);
    assertThat(sentCount).isEqualTo(1);
  }

  @Test
  void answersOfManyTurnsShareAChunk() {
    for (int turn = 0; turn < 100; turn++) {
      onLoop(() -> output.send(header, NONE));
    }
    assertThat(memory.metric().usedDirectMemory()).isLessThanOrEqualTo(CHUNK_BYTES);
    onLoop(wire::letGo);
    assertThat(memory.metric().usedDirectMemory()).isZero();
  }

  @Test
  void takesNoCommandsWhileTooManyCopiedBytesWait() {
    ByteBuffer ping = ByteBuffer.allocate(COPIED_MAX / 2);
    onLoop(() -> output.send(header, ping.duplicate()));
    assertThat(output.isWritable()).isTrue();
    onLoop(() -> output.send(header, ping.duplicate()));
    assertThat(output.isWritable()).isFalse();
    onLoop(wire::letGo);
    assertThat(output.isWritable()).isTrue();
    assertThat(writableCount).isEqualTo(1);
  }

  @Test
  void copiesNoShortPayloadsWhileTooManyCopiedBytesWait() {
    ByteBuffer payload = ByteBuffer.allocateDirect(4096);
    onLoop(
        () -> {
          for (int index = 0; index < 100; index++) {
            output.sendPayload(header, payload.duplicate(), () -> sentCount++);
          }
        });
    int copied = COPIED_MAX / (4096 + BasicHeader.BYTES) + 1;
    assertThat(sentCount).isEqualTo(copied);
    assertThat(memory.metric().usedDirectMemory()).isLessThanOrEqualTo(COPIED_MAX + CHUNK_BYTES);
    onLoop(wire::letGo);
    assertThat(sentCount).isEqualTo(100);
  }

  /// Whoever sends it counts what is under way only when the call has returned.
  @Test
  void aPayloadForAChannelThatIsClosedAlreadyIsToldLaterToo() {
    wire.fails = true;
    int[] sentInside = {-1};
    onLoop(
        () -> {
          output.sendPayload(header, ByteBuffer.allocateDirect(8192), () -> sentCount++);
          sentInside[0] = sentCount;
        });
    assertThat(sentInside[0]).isZero();
    assertThat(sentCount).isEqualTo(1);
  }
}
