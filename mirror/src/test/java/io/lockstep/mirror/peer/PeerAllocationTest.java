package io.lockstep.mirror.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.mirror.link.PeerLink;
import io.lockstep.mirror.link.PeerTransport;
import io.lockstep.mirror.wire.Frame;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What a replicated 4 KiB write and its acknowledgement cost each node's loop in garbage.
@ParameterizedClass
@EnumSource(LoopKind.class)
@Tag("shell")
final class PeerAllocationTest {
  private static final int BYTES_MAX = 200;
  private static final int DEPTH = 32;
  private static final int ROUNDS = 40_000;

  @Parameter LoopKind kind = LoopKind.EPOLL;

  private final BufferPool listenerPool = new BufferPool(1 << 20);
  private final BufferPool dialerPool = new BufferPool(1 << 20);

  /// Acknowledges each write.
  private final class Secondary implements PeerTransport.Listener {
    @Override
    public void opened(PeerLink link) {}

    @Override
    public void received(PeerLink link, long term, Frame frame) {
      if (frame instanceof Frame.Data data) {
        listenerPool.giveBack(data.payload());
        link.send(term, new Frame.WriteAck(data.sequence()));
      }
    }

    @Override
    public void closed(PeerLink link, String reason) {}
  }

  /// Keeps some writes in flight until all were acknowledged.
  private static final class Primary implements PeerTransport.Listener, Completion {
    private final CompletableFuture<PeerLink> opened = new CompletableFuture<>();
    private final ByteBuffer payload = BufferPool.allocate(4096);
    private CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private int left;

    CompletableFuture<Boolean> run(PeerLink link) {
      left = ROUNDS;
      ended = new CompletableFuture<>();
      for (int lane = 0; lane < DEPTH; lane++) {
        link.send(1, new Frame.Data(lane, 1, 4096L * lane, false, payload), this);
      }
      return ended;
    }

    @Override
    public void opened(PeerLink link) {
      opened.complete(link);
    }

    @Override
    public void received(PeerLink link, long term, Frame frame) {
      left--;
      if (left >= DEPTH) {
        link.send(1, new Frame.Data(left, 1, 4096L * left, false, payload), this);
      } else if (left == 0) {
        ended.complete(true);
      }
    }

    @Override
    public void completed(IoResult result) {}

    @Override
    public void closed(PeerLink link, String reason) {}
  }

  @Test
  void aReplicatedWriteAllocatesLittle() {
    var here = (LoopDriver.Ring) LoopDriver.ring(kind);
    var there = (LoopDriver.Ring) LoopDriver.ring(kind);
    var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    NettyPeerTransport listening = open(there, listenerPool, new PeerConfig(0, any, false));
    NettyPeerTransport dialing =
        open(here, dialerPool, new PeerConfig(1, listening.address(), false));
    var primary = new Primary();
    there.run(() -> listening.enable(new Secondary()));
    here.run(() -> dialing.enable(primary));
    PeerLink link = here.join(primary.opened);

    here.join(here.call(() -> primary.run(link)));
    long hereBefore = allocatedBytes(here);
    long thereBefore = allocatedBytes(there);
    here.join(here.call(() -> primary.run(link)));
    assertThat((allocatedBytes(here) - hereBefore) / ROUNDS).isLessThanOrEqualTo(BYTES_MAX);
    assertThat((allocatedBytes(there) - thereBefore) / ROUNDS).isLessThanOrEqualTo(BYTES_MAX);

    dialing.close();
    listening.close();
    here.close();
    there.close();
    assertThat(listenerPool.borrowedBytes()).isZero();
  }

  private static NettyPeerTransport open(
      LoopDriver.Ring driver, BufferPool pool, PeerConfig config) {
    NettyPeerTransport.Opened opened = NettyPeerTransport.open(driver.loop(), pool, config);
    return ((NettyPeerTransport.Opened.Ready) opened).transport();
  }

  private static long allocatedBytes(LoopDriver driver) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return driver.call(() -> threads.getThreadAllocatedBytes(Thread.currentThread().threadId()));
  }
}
