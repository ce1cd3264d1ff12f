package io.lockstep.peers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.VirtualLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Two nodes with a control connection over addresses that can be cut, in virtual time. What is on
/// its way over a cut address is gone, and so is all that the same connection carries later.
final class PeerWorld {
  static final UUID PAIR = new UUID(1, 2);
  static final List<String> ADDRESSES = List.of("10.0.0.1", "10.0.1.1");
  private static final long LATENCY_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(2);
  private static final long DIAL_NANOS_MAX = TimeUnit.SECONDS.toNanos(3);

  final VirtualLoop loop = new VirtualLoop();
  final Random random;
  final boolean[] cut = new boolean[ADDRESSES.size()];
  final List<Node> nodes = new ArrayList<>();

  PeerWorld(long seed) {
    this(seed, identity(0), identity(1));
  }

  PeerWorld(long seed, PeerIdentity first, PeerIdentity second) {
    random = new Random(seed);
    nodes.add(new Node(first));
    nodes.add(new Node(second));
  }

  static PeerIdentity identity(int nodeId) {
    return new PeerIdentity(PAIR, nodeId, nodeId == 0 ? "a" : "b", "k7x2ma", "lockstep 0.1.0");
  }

  void start() {
    nodes.forEach(Node::start);
  }

  void run(long seconds) {
    long end = loop.nowNanos() + TimeUnit.SECONDS.toNanos(seconds);
    boolean[] reached = new boolean[1];
    loop.schedule(() -> reached[0] = true, end - loop.nowNanos());
    loop.runUntil(() -> reached[0], 1_000_000);
  }

  /// One of the two, with a daemon that answers each request by its own bytes.
  final class Node implements ControlConnection.Listener, Network {
    final PeerIdentity identity;
    final List<String> reports = new ArrayList<>();
    final List<Consumer<byte[]>> unanswered = new ArrayList<>();
    ControlConnection connection;
    boolean alive;
    boolean answers = true;

    /// Its process stands still, and its kernel takes calls.
    boolean frozen;

    int dials;
    int requests;

    Node(PeerIdentity identity) {
      this.identity = identity;
      this.connection = fresh();
    }

    private ControlConnection fresh() {
      return new ControlConnection(loop, identity, ADDRESSES, this, this);
    }

    void start() {
      alive = true;
      connection = fresh();
      connection.start();
    }

    Node other() {
      return nodes.get(nodes.getFirst().equals(this) ? 1 : 0);
    }

    @Override
    public void requested(byte[] request, Consumer<byte[]> reply) {
      requests++;
      if (answers) {
        loop.execute(() -> reply.accept(request));
      } else {
        unanswered.add(reply);
      }
    }

    @Override
    public void reported(byte[] report) {
      reports.add(new String(report, UTF_8));
    }

    @Override
    public void changed() {
      checkView();
    }

    private void checkView() {
      for (ControlView.Watched one : connection.view().addresses()) {
        assertThat(one.up()).isEqualTo(one.why().isEmpty());
      }
    }

    /// Asks the other node.
    List<ControlConnection.Outcome> ask(String question) {
      List<ControlConnection.Outcome> outcomes = new ArrayList<>();
      connection.ask(question.getBytes(UTF_8), outcomes::add);
      assertThat(outcomes).as("an answer comes in a later turn").isEmpty();
      return outcomes;
    }

    boolean isUp(int address) {
      return connection.view().addresses().get(address).up();
    }

    @Override
    public void reach(int address) {
      if (identity.nodeId() == 0) {
        return;
      }
      dials++;
      ControlConnection dialing = connection;
      if (cut[address]) {
        loop.schedule(() -> dialing.unreachable(address, "no answer"), DIAL_NANOS_MAX);
      } else if (!other().alive) {
        loop.schedule(() -> dialing.unreachable(address, "refused"), latency());
      } else {
        loop.schedule(() -> connect(this, other(), address), latency());
      }
    }
  }

  private long latency() {
    return 1 + random.nextLong(LATENCY_NANOS_MAX);
  }

  /// A connection stands, whoever called.
  void connect(Node caller, Node called, int address) {
    End near = new End(address);
    End far = new End(address);
    near.far = far;
    far.far = near;
    if (!called.frozen) {
      far.line = called.connection.opened(address, far);
    }
    near.line = caller.connection.opened(address, near);
  }

  /// A connection of somebody who is no node.
  End stranger(Node called, int address) {
    End near = new End(address);
    End far = new End(address);
    near.far = far;
    far.far = near;
    far.line = called.connection.opened(address, far);
    return near;
  }

  /// One end of a connection.
  final class End implements Wire {
    private final int address;
    private final MessageReader reader = new MessageReader();
    final List<Message> taken = new ArrayList<>();
    private @Nullable End far;
    private @Nullable Line line;
    private boolean closed;
    private boolean broken;
    private long lastArrivalNanos;

    End(int address) {
      this.address = address;
    }

    @Override
    public void send(Message message) {
      if (!closed) {
        byte[] bytes = MessageWriter.encode(message);
        carry(() -> there().arrived(ByteBuffer.wrap(bytes)));
      }
    }

    private End there() {
      End there = far;
      if (there == null) {
        throw new AssertionError("an end without another");
      }
      return there;
    }

    private void carry(Runnable arrival) {
      lastArrivalNanos = Math.max(lastArrivalNanos, loop.nowNanos() + latency());
      loop.schedule(
          () -> {
            broken |= cut[address];
            if (!broken) {
              arrival.run();
            }
          },
          lastArrivalNanos - loop.nowNanos());
    }

    private void arrived(ByteBuffer bytes) {
      Line taker = line;
      reader
          .feed(
              bytes,
              message -> {
                taken.add(message);
                if (taker != null) {
                  taker.received(message);
                }
              })
          .ifPresent(
              fault -> {
                throw new AssertionError(fault);
              });
    }

    @Override
    public boolean isRoomy() {
      return true;
    }

    @Override
    public void trusted() {
      reader.trust();
    }

    /// The process behind it is gone, or it has nothing more to say.
    @Override
    public void close() {
      if (!closed) {
        closed = true;
        reader.close();
        carry(() -> there().lost());
      }
    }

    private void lost() {
      Line ended = line;
      if (ended != null) {
        ended.lost("the other node closed the connection");
      }
    }

    boolean isClosedThere() {
      return there().closed;
    }
  }
}
