package io.lockstep.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.link.PeerLink;
import io.lockstep.mirror.link.PeerTransport;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.wire.FrameReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The simulated cable keeps its promises: order, loss only at the end, and the same history for
/// the same seed.
@Tag("unit")
class SimNetworkTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int SEEDS = 40;

  private final List<String> history = new ArrayList<>();

  /// A node that counts what it sees.
  private final class End implements PeerTransport.Listener {
    final SimNode node;
    final BufferPool pool = new BufferPool(1 << 20);
    final SimTransport transport;
    final List<Long> nonces = new ArrayList<>();
    @Nullable PeerLink link;
    int openedCount;
    int closedCount;
    int sentOk;
    int sentClosed;
    int lateCount;

    End(SimNetwork network, int side, VirtualLoop world) {
      node = new SimNode("node" + side, world, side * 77L);
      transport = network.attach(side, node, pool);
      transport.enable(this);
    }

    @Override
    public void opened(PeerLink opened) {
      assertThat(link).isNull();
      link = opened;
      openedCount++;
      history.add(node.nowNanos() + " " + node + " opened");
    }

    @Override
    @SuppressWarnings("ReferenceEquality")
    public void received(PeerLink from, long term, Frame frame) {
      if (from != link) {
        lateCount++;
        FrameReader.release(frame, pool);
        return;
      }
      switch (frame) {
        case Frame.Ping ping -> nonces.add(ping.nonce());
        case Frame.Data data -> {
          assertThat(data.payload()).isEqualTo(payload(data.sequence()));
          nonces.add(data.sequence());
        }
        default -> throw new AssertionError("unexpected " + frame);
      }
      FrameReader.release(frame, pool);
      history.add(node.nowNanos() + " " + node + " got " + nonces.getLast());
    }

    @Override
    public void closed(PeerLink closed, String reason) {
      assertThat(closed).isSameAs(link);
      link = null;
      closedCount++;
      history.add(node.nowNanos() + " " + node + " closed " + reason);
    }

    void send(long nonce) {
      Frame frame =
          nonce % 3 == 0
              ? new Frame.Data(nonce, 1, 0, false, payload(nonce))
              : new Frame.Ping(nonce);
      if (link != null) {
        link.send(1, frame, this::sent);
      }
    }

    private void sent(IoResult result) {
      if (result.isOk()) {
        sentOk++;
      } else {
        sentClosed++;
      }
    }
  }

  private static ByteBuffer payload(long nonce) {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    for (int at = 0; at < bytes.capacity(); at += Long.BYTES) {
      bytes.putLong(at, nonce * 1_000_003 + at);
    }
    return bytes;
  }

  private final VirtualLoop world = new VirtualLoop();

  private SimNetwork network(long seed) {
    return new SimNetwork(world, SimNetworkOptions.USUAL, seed);
  }

  private void connect(End a, End b) {
    world.runUntil(() -> a.link != null && b.link != null, 10_000);
  }

  @Test
  void everythingArrivesInOrderOverAGoodCable() {
    for (int seed = 0; seed < SEEDS; seed++) {
      SimNetwork network = network(seed);
      End a = new End(network, 0, world);
      End b = new End(network, 1, world);
      connect(a, b);
      for (long nonce = 0; nonce < 300; nonce++) {
        a.send(nonce);
        b.send(nonce + 1000);
      }
      world.runUntil(() -> b.nonces.size() == 300 && a.nonces.size() == 300, 100_000);
      assertThat(a.lateCount + b.lateCount).isZero();
      assertThat(b.nonces).isSorted().doesNotHaveDuplicates();
      assertThat(a.nonces).isSorted().doesNotHaveDuplicates();
      assertThat(a.sentOk).isEqualTo(300);
      assertThat(a.pool.borrowedBytes() + b.pool.borrowedBytes()).isZero();
    }
  }

  @Test
  void aBreakLosesOnlyTheTailAndBothReconnect() {
    int lostSomewhere = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      SimNetwork network = network(seed);
      End a = new End(network, 0, world);
      End b = new End(network, 1, world);
      connect(a, b);
      for (long nonce = 0; nonce < 100; nonce++) {
        a.send(nonce);
      }
      network.breakConnection();
      world.runUntil(() -> a.closedCount == 1 && b.closedCount == 1, 100_000);
      for (int index = 0; index < b.nonces.size(); index++) {
        assertThat(b.nonces.get(index)).isEqualTo(index);
      }
      lostSomewhere += b.nonces.size() < 100 ? 1 : 0;
      assertThat(a.sentOk + a.sentClosed).isEqualTo(100);
      assertThat(b.pool.borrowedBytes()).isZero();
      connect(a, b);
      assertThat(a.openedCount).isEqualTo(2);
    }
    assertThat(lostSomewhere).isGreaterThan(SEEDS / 2);
  }

  @Test
  void aCutHoldsOneDirectionAndLosesNothing() {
    SimNetwork network = network(3);
    End a = new End(network, 0, world);
    End b = new End(network, 1, world);
    connect(a, b);
    network.cut(0);
    a.send(1);
    b.send(2);
    world.advance(SECOND);
    assertThat(b.nonces).isEmpty();
    assertThat(a.nonces).containsExactly(2L);
    network.mend();
    world.advance(SECOND);
    assertThat(b.nonces).containsExactly(1L);
    assertThat(a.openedCount).isOne();
  }

  @Test
  void framesOutliveTheirLinkOnlyWhereThatIsAskedFor() {
    for (boolean asked : new boolean[] {false, true}) {
      int late = 0;
      for (int seed = 0; seed < SEEDS; seed++) {
        SimNetwork network = network(seed);
        network.lateFrames(asked);
        End a = new End(network, 0, world);
        End b = new End(network, 1, world);
        connect(a, b);
        network.cut();
        for (long nonce = 0; nonce < 20; nonce++) {
          a.send(nonce);
        }
        Objects.requireNonNull(a.link).close("no answer");
        Objects.requireNonNull(b.link).close("no answer");
        world.advance(SECOND);
        network.mend();
        world.runUntil(() -> a.openedCount == 2 && b.openedCount == 2, 100_000);
        assertThat(b.lateCount).as("not before the next one stands").isZero();
        world.advance(SECOND);
        assertThat(b.nonces).isEmpty();
        late += b.lateCount;
      }
      assertThat(late > 0).isEqualTo(asked);
    }
  }

  @Test
  void aSlowDirectionIsSlowAndKeepsTheOrder() {
    SimNetwork network = network(9);
    End a = new End(network, 0, world);
    End b = new End(network, 1, world);
    connect(a, b);
    network.slow(0, SECOND);
    a.send(1);
    b.send(2);
    world.advance(SECOND - 1);
    assertThat(b.nonces).isEmpty();
    assertThat(a.nonces).containsExactly(2L);
    network.mend();
    a.send(4);
    world.advance(SECOND);
    assertThat(b.nonces).containsExactly(1L, 4L);
  }

  @Test
  void aHalfOpenConnectionTellsNobodyUntilOneSideLetsGo() {
    SimNetwork network = network(4);
    End a = new End(network, 0, world);
    End b = new End(network, 1, world);
    connect(a, b);
    network.halfOpen();
    a.send(1);
    world.advance(30 * SECOND);
    assertThat(b.nonces).isEmpty();
    assertThat(a.closedCount + b.closedCount).isZero();
    Objects.requireNonNull(a.link).close("no answer to a ping");
    world.runUntil(() -> a.openedCount == 2 && b.openedCount == 2, 100_000);
    assertThat(b.closedCount).isOne();
  }

  @Test
  void aFrameBeyondTheWindowWaitsAtItsSender() {
    SimNetwork network = network(5);
    End a = new End(network, 0, world);
    End b = new End(network, 1, world);
    connect(a, b);
    network.cut(0);
    for (long nonce = 0; nonce < 3000; nonce += 3) {
      a.send(nonce);
    }
    world.advance(SECOND);
    assertThat(a.sentOk).isBetween(200, 300);
    Objects.requireNonNull(a.link).close("given up");
    world.advance(SECOND);
    assertThat(a.sentOk + a.sentClosed).isEqualTo(1000);
    assertThat(b.closedCount).isZero();
    network.mend();
    world.runUntil(() -> b.closedCount == 1, 100_000);
  }

  @Test
  void aCrashIsNoticedOrNot() {
    for (boolean noticed : new boolean[] {true, false}) {
      SimNetwork network = network(6);
      End a = new End(network, 0, world);
      End b = new End(network, 1, world);
      connect(a, b);
      a.node.crash();
      network.crashed(0, noticed);
      world.advance(10 * SECOND);
      assertThat(b.closedCount).isEqualTo(noticed ? 1 : 0);
      assertThat(a.closedCount).isZero();
      End next = new End(network, 0, world);
      connect(next, b);
      assertThat(b.closedCount).isGreaterThanOrEqualTo(noticed ? 1 : 0);
    }
  }

  @Test
  void aTapBreaksBeforeOrAfterACertainFrame() {
    for (SimNetwork.Verdict verdict : SimNetwork.Verdict.values()) {
      SimNetwork network = network(7);
      End a = new End(network, 0, world);
      End b = new End(network, 1, world);
      connect(a, b);
      network.tap(
          (_, _, frame) ->
              frame instanceof Frame.Ping(long nonce) && nonce == 2
                  ? verdict
                  : SimNetwork.Verdict.PASS);
      a.send(1);
      a.send(2);
      a.send(4);
      world.advance(SECOND / 1000);
      switch (verdict) {
        case PASS -> assertThat(b.nonces).containsExactly(1L, 2L, 4L);
        case BREAK_BEFORE -> assertThat(b.nonces).containsExactly(1L);
        case BREAK_AFTER -> assertThat(b.nonces).containsExactly(1L, 2L);
      }
      assertThat(b.closedCount).isEqualTo(verdict == SimNetwork.Verdict.PASS ? 0 : 1);
    }
  }

  @Test
  void damageEndsTheConnectionAndNeverPasses() {
    var options = SimNetworkOptions.USUAL.withDamagePerMillion(20_000);
    SimNetwork network = new SimNetwork(world, options, 8);
    End a = new End(network, 0, world);
    End b = new End(network, 1, world);
    for (long nonce = 0; nonce < 2000; nonce++) {
      a.send(nonce);
      world.advance(SECOND / 100);
    }
    assertThat(b.closedCount).isGreaterThan(3);
    assertThat(b.nonces).hasSizeGreaterThan(100).isSorted();
  }

  @Test
  void theSameSeedGivesTheSameHistory() {
    List<String> first = storm(11);
    history.clear();
    assertThat(storm(11)).isEqualTo(first);
    history.clear();
    assertThat(storm(12)).isNotEqualTo(first);
  }

  private List<String> storm(long seed) {
    var own = new VirtualLoop();
    var network = new SimNetwork(own, SimNetworkOptions.USUAL, seed);
    End a = new End(network, 0, own);
    End b = new End(network, 1, own);
    for (long nonce = 0; nonce < 500; nonce++) {
      a.send(nonce);
      b.send(nonce);
      own.advance(SECOND / 500);
      if (nonce % 100 == 99) {
        network.breakConnection();
      }
    }
    own.advance(SECOND);
    assertThat(b.nonces).hasSizeGreaterThan(50);
    return List.copyOf(history);
  }
}
