package io.lockstep.mirror.peer;

import static io.lockstep.mirror.peer.PeerRecorder.next;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.mirror.link.PeerLink;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.wire.FrameSamples;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Two transports over loopback, each on a loop of its own, on both kinds of loop.
@ParameterizedClass
@EnumSource(LoopKind.class)
@Tag("shell")
final class NettyPeerTransportTest {
  @Parameter LoopKind kind = LoopKind.EPOLL;

  private final BufferPool listenerPool = new BufferPool(16 << 20);
  private final BufferPool dialerPool = new BufferPool(16 << 20);
  private final PeerRecorder atListener = new PeerRecorder(listenerPool);
  private final PeerRecorder atDialer = new PeerRecorder(dialerPool);
  private LoopDriver.Ring listenerLoop;
  private LoopDriver.Ring dialerLoop;
  private NettyPeerTransport listener;
  private NettyPeerTransport dialer;

  private LoopDriver.Ring driver() {
    return (LoopDriver.Ring) LoopDriver.ring(kind);
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static NettyPeerTransport start(
      LoopDriver.Ring loop, BufferPool pool, int nodeId, InetSocketAddress address) {
    var config = new PeerConfig(nodeId, address, false);
    NettyPeerTransport.Opened opened = NettyPeerTransport.open(loop.loop(), pool, config);
    return ((NettyPeerTransport.Opened.Ready) opened).transport();
  }

  @BeforeEach
  void openBoth() {
    listenerLoop = driver();
    dialerLoop = driver();
    listener = start(listenerLoop, listenerPool, 0, anyPort());
    dialer = start(dialerLoop, dialerPool, 1, listener.address());
    listenerLoop.run(() -> listener.enable(atListener));
  }

  private void dial() {
    dialerLoop.run(() -> dialer.enable(atDialer));
  }

  @AfterEach
  void closeBoth() {
    dialer.close();
    listener.close();
    dialerLoop.close();
    listenerLoop.close();
    assertThat(listenerPool.borrowedBytes()).isZero();
    assertThat(dialerPool.borrowedBytes()).isZero();
  }

  @Test
  void carriesEveryKindOfFrameBothWays() {
    dial();
    PeerLink there = next(atDialer.opened);
    PeerLink back = next(atListener.opened);
    assertThat(there.remoteAddress()).contains(":" + listener.address().getPort());
    BlockingQueue<IoResult> sent = new LinkedBlockingQueue<>();
    List<Frame> frames = FrameSamples.all();
    var expected = new ArrayList<String>();
    for (int index = 0; index < frames.size(); index++) {
      expected.add(PeerRecorder.bytesOf(index, frames.get(index)));
    }
    dialerLoop.run(() -> sendAll(there, frames, sent));
    listenerLoop.run(() -> sendAll(back, frames, sent));
    for (String bytes : expected) {
      assertThat(next(atListener.frames)).isEqualTo(bytes);
      assertThat(next(atDialer.frames)).isEqualTo(bytes);
    }
    for (int count = 0; count < 2 * frames.size(); count++) {
      assertThat(next(sent)).isEqualTo(IoResult.OK);
    }
  }

  private static void sendAll(PeerLink link, List<Frame> frames, BlockingQueue<IoResult> sent) {
    for (int index = 0; index < frames.size(); index++) {
      int before = sent.size();
      link.send(index, frames.get(index), sent::add);
      assertThat(sent.size()).as("never inside the call").isGreaterThanOrEqualTo(before);
    }
  }

  @Test
  void sentMeansThatTheBufferIsFree() {
    dial();
    PeerLink link = next(atDialer.opened);
    ByteBuffer buffer = BufferPool.allocate(1 << 20);
    int rounds = 40;
    var expected = new ArrayList<String>();
    var random = new SplittableRandom(11);
    for (int round = 0; round < rounds; round++) {
      var bytes = new byte[1 << 20];
      random.nextBytes(bytes);
      BlockingQueue<IoResult> sent = new LinkedBlockingQueue<>();
      buffer.put(0, bytes);
      var frame = new Frame.Data(round, 1, 0, false, buffer);
      expected.add(PeerRecorder.bytesOf(1, frame));
      dialerLoop.run(() -> link.send(1, frame, sent::add));
      assertThat(next(sent)).isEqualTo(IoResult.OK);
      buffer.put(0, new byte[1 << 20]);
    }
    for (String bytes : expected) {
      assertThat(next(atListener.frames).equals(bytes)).isTrue();
    }
  }

  @Test
  void closingSaysGoodbyeFirstAndThenDialsAgain() {
    dial();
    PeerLink link = next(atDialer.opened);
    next(atListener.opened);
    BlockingQueue<IoResult> late = new LinkedBlockingQueue<>();
    var goodbye = new Frame.Goodbye("maintenance");
    dialerLoop.run(
        () -> {
          link.send(3, goodbye);
          link.close("we go");
          link.close("again");
          link.send(3, goodbye, late::add);
          assertThat(late).isEmpty();
        });
    assertThat(next(late).reason()).isEqualTo(IoResult.Reason.CLOSED);
    assertThat(next(atListener.frames)).isEqualTo(PeerRecorder.bytesOf(3, goodbye));
    assertThat(next(atDialer.closed)).isEqualTo("we go");
    assertThat(next(atListener.closed)).contains("closed the connection");
    assertThat(next(atDialer.opened)).isNotSameAs(link);
    next(atListener.opened);
    assertThat(atListener.frames).isEmpty();
  }

  @Test
  void disabledMakesNoLinkUntilEnabledAgain() {
    dial();
    next(atDialer.opened);
    next(atListener.opened);
    listenerLoop.run(() -> listener.disable("an administrator disconnected"));
    assertThat(next(atListener.closed)).isEqualTo("an administrator disconnected");
    next(atDialer.closed);
    assertThat(atListener.opened).isEmpty();
    listenerLoop.run(() -> listener.enable(atListener));
    next(atListener.opened);
    next(atDialer.opened);
  }

  @Test
  void aFrameCutInTheMiddleEndsTheLink() throws Exception {
    byte[] frame =
        PeerRecorder.encode(1, new Frame.Data(1, 1, 0, false, BufferPool.allocate(64 << 10)));
    try (var raw = new Socket()) {
      raw.connect(listener.address());
      next(atListener.opened);
      raw.getOutputStream().write(frame, 0, 40_000);
    }
    assertThat(next(atListener.closed)).contains("connection");
    assertThat(atListener.frames).isEmpty();
  }

  @Test
  void aDamagedHeaderEndsTheLinkAndSaysWhy() throws Exception {
    byte[] frame = PeerRecorder.encode(1, new Frame.Ping(7));
    frame[50] ^= 1;
    try (var raw = new Socket()) {
      raw.connect(listener.address());
      next(atListener.opened);
      raw.getOutputStream().write(frame);
      assertThat(next(atListener.closed)).contains("damaged").contains("checksum");
      assertThat(raw.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void aSecondCallerIsTurnedAway() throws Exception {
    dial();
    PeerLink link = next(atDialer.opened);
    next(atListener.opened);
    try (var stranger = new Socket()) {
      stranger.connect(listener.address());
      assertThat(stranger.getInputStream().read()).isEqualTo(-1);
    }
    var ping = new Frame.Ping(5);
    dialerLoop.run(() -> link.send(1, ping));
    assertThat(next(atListener.frames)).isEqualTo(PeerRecorder.bytesOf(1, ping));
    assertThat(atListener.closed).isEmpty();
  }

  @Test
  void refusesAPortInUseAndAForeignAddress() throws Exception {
    var same = new PeerConfig(0, listener.address(), false);
    assertThat(refusal(same)).contains("is in use by another program").contains("free port");
    var any = new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 0);
    assertThat(refusal(new PeerConfig(0, any, false))).contains("not a loopback address");
  }

  private String refusal(PeerConfig config) {
    NettyPeerTransport.Opened opened =
        NettyPeerTransport.open(listenerLoop.loop(), listenerPool, config);
    return ((NettyPeerTransport.Opened.Refused) opened).refusal().sentence();
  }
}
