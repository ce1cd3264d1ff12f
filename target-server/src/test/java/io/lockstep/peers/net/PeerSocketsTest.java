package io.lockstep.peers.net;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Refusal;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.peers.ControlConnection;
import io.lockstep.peers.ControlView;
import io.lockstep.peers.Message;
import io.lockstep.peers.MessageWriter;
import io.lockstep.peers.PeerIdentity;
import io.lockstep.peers.PeerLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The control connection over real sockets, with strangers at its port.
@Timeout(120)
@Tag("shell")
final class PeerSocketsTest {
  private static final UUID PAIR = new UUID(3, 4);
  private static final List<String> HOSTS = List.of("127.0.0.1", "127.0.0.2");
  private static final long SEED = Long.getLong("lockstep.seed", 20_261_130);

  private final List<End> ends = new ArrayList<>();

  /// A node that answers each request by its own bytes.
  private static final class End implements ControlConnection.Listener {
    private final RingLoop loop;
    private final PeerSockets sockets;
    private final CompletableFuture<ControlConnection> connection = new CompletableFuture<>();

    End(int nodeId, int port) {
      loop = RingLoop.start("control", LoopKind.EPOLL, Fatal.HALT);
      var addresses = new PeerAddresses(nodeId, HOSTS, port, false);
      sockets =
          switch (PeerSockets.open(loop, addresses)) {
            case PeerSockets.Opened.Ready(PeerSockets opened) -> opened;
            case PeerSockets.Opened.Refused(Refusal refusal) ->
                throw new AssertionError(refusal.sentence());
          };
      var own = new PeerIdentity(PAIR, nodeId, nodeId == 0 ? "a" : "b", "k7x2ma", "0.1.0");
      loop.execute(
          () -> {
            var lines = new ControlConnection(loop, own, HOSTS, sockets, this);
            sockets.attach(lines);
            lines.start();
            connection.complete(lines);
          });
      connection.join(); // Who calls before that is turned away.
    }

    ControlView view() {
      var view = new CompletableFuture<ControlView>();
      ControlConnection lines = connection.join();
      loop.execute(() -> view.complete(lines.view()));
      return view.join();
    }

    ControlConnection.Outcome ask(byte[] question) {
      return asks(question).join();
    }

    CompletableFuture<ControlConnection.Outcome> asks(byte[] question) {
      var outcome = new CompletableFuture<ControlConnection.Outcome>();
      ControlConnection lines = connection.join();
      loop.execute(() -> lines.ask(question, outcome::complete));
      return outcome;
    }

    void reports(byte[] report) {
      ControlConnection lines = connection.join();
      loop.execute(() -> lines.report(report));
    }

    boolean isWhole() {
      return view().addresses().stream().allMatch(ControlView.Watched::up);
    }

    @Override
    public void requested(byte[] request, Consumer<byte[]> reply) {
      loop.execute(() -> reply.accept(request));
    }

    @Override
    public void reported(byte[] report) {}

    @Override
    public void changed() {}

    void close() {
      ControlConnection lines = connection.join();
      loop.execute(() -> lines.close("the test ends"));
      sockets.close();
      loop.close();
    }
  }

  @AfterEach
  void close() {
    ends.reversed().forEach(End::close);
  }

  private End node(int nodeId, int port) {
    End end = new End(nodeId, port);
    ends.add(end);
    return end;
  }

  private static int freePort() throws IOException {
    try (var free = new java.net.ServerSocket(0, 1, InetAddress.getByName("127.0.0.2"))) {
      return free.getLocalPort();
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time: %s", what).isLessThan(end);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  private static void assertAnswers(End asking, byte[] question) {
    assertThat(asking.ask(question))
        .isInstanceOfSatisfying(
            ControlConnection.Outcome.Answered.class,
            answer -> assertThat(answer.body()).isEqualTo(question));
  }

  @Test
  void twoNodesMeetAtBothAddressesAndAsk() throws IOException {
    int port = freePort();
    End b = node(1, port);
    End a = node(0, port);
    await("both addresses", () -> a.isWhole() && b.isWhole());

    assertAnswers(a, "from a".getBytes(UTF_8));
    assertAnswers(b, new byte[PeerLimits.REQUEST_BYTES_MAX]);
  }

  @Test
  void aPortInUseIsRefusedWithASentence() throws IOException {
    int port = freePort();
    node(0, port);
    RingLoop loop = RingLoop.start("control", LoopKind.EPOLL, Fatal.HALT);
    assertThat(PeerSockets.open(loop, new PeerAddresses(0, HOSTS, port, false)))
        .isInstanceOfSatisfying(
            PeerSockets.Opened.Refused.class,
            refused ->
                assertThat(refused.refusal().sentence())
                    .startsWith(
                        ("The address 127.0.0.1, port %d, for the control connection was not"
                                + " listened on: it is in use")
                            .formatted(port)));
    loop.close();
  }

  @Test
  void onlyLoopbackIsListenedAtUnlessItIsAllowed() {
    RingLoop loop = RingLoop.start("control", LoopKind.EPOLL, Fatal.HALT);
    assertThat(PeerSockets.open(loop, new PeerAddresses(0, List.of("192.0.2.1"), 1, false)))
        .isInstanceOfSatisfying(
            PeerSockets.Opened.Refused.class,
            refused ->
                assertThat(refused.refusal().sentence()).contains("is not a loopback address"));
    loop.close();
  }

  /// An address behind the first may be missing: the node starts, and looks for it.
  @Test
  void anAddressThatIsNotHereIsWatchedAndNotARefusal() {
    RingLoop loop = RingLoop.start("control", LoopKind.EPOLL, Fatal.HALT);
    var addresses = new PeerAddresses(0, List.of("127.0.0.1", "192.0.2.1"), 0, true);
    assertThat(PeerSockets.open(loop, addresses))
        .isInstanceOfSatisfying(PeerSockets.Opened.Ready.class, ready -> ready.sockets().close());
    loop.close();
  }

  @Test
  void strangersHalfGreetingsAndNoiseDoNotKeepTheNodesApart() throws Exception {
    int port = freePort();
    End a = node(0, port);
    List<Socket> strangers = new ArrayList<>();
    var random = new Random(SEED);
    for (int count = 0; count < 4 * PeerLimits.NEWCOMERS_MAX; count++) {
      Socket stranger = new Socket();
      stranger.connect(new InetSocketAddress(HOSTS.get(count % 2), port));
      say(stranger, random.nextInt(4), random);
      strangers.add(stranger);
    }
    End b = node(1, port);
    await("both addresses", () -> a.isWhole() && b.isWhole());
    assertAnswers(b, "still here".getBytes(UTF_8));

    for (Socket stranger : strangers) {
      stranger.setSoTimeout(10_000);
      assertThat(isLeft(stranger)).as("each stranger is left").isTrue();
      stranger.close();
    }
    assertThat(a.isWhole() && b.isWhole()).isTrue();
  }

  private static void say(Socket stranger, int what, Random random) throws IOException {
    byte[] greeting =
        MessageWriter.encode(
            new Message.Greeting(
                1, 1, 0, new PeerIdentity(new UUID(7, 7), 1, "x", "other", "0.1.0"), 0));
    byte[] noise = new byte[1 + random.nextInt(200)];
    random.nextBytes(noise);
    try {
      switch (what) {
        case 0 -> {}
        case 1 -> stranger.getOutputStream().write(noise);
        case 2 -> stranger.getOutputStream().write(greeting, 0, random.nextInt(greeting.length));
        default -> stranger.getOutputStream().write(greeting);
      }
    } catch (IOException e) {
      assertThat(e).as("it was turned away already").hasMessageContaining("");
    }
  }

  private static boolean isLeft(Socket stranger) throws IOException {
    try {
      while (stranger.getInputStream().read() >= 0) {
        Thread.onSpinWait();
      }
      return true;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  /// The other node takes nothing in: reports are left out, and what is asked is too much in the
  /// end.
  @Test
  void aLineWhoseOtherEndTakesNothingInHasALimit() throws Exception {
    int port = freePort();
    End a = node(0, port);
    try (Socket other = new Socket()) {
      other.setReceiveBufferSize(64 << 10);
      other.connect(new InetSocketAddress(HOSTS.getFirst(), port));
      other.getOutputStream().write(MessageWriter.encode(greetingOfB()));
      other.getOutputStream().write(MessageWriter.encode(new Message.Beat(1)));
      await("the line", () -> a.view().addresses().getFirst().up());
      for (int report = 0; report < 64; report++) {
        a.reports(new byte[PeerLimits.REPORT_BYTES_MAX]);
      }
      assertThat(a.view().addresses().getFirst().up())
          .as("64 MiB of reports, and the line stands")
          .isTrue();
      other.getOutputStream().write(MessageWriter.encode(new Message.Beat(2))); // It is not silent.
      for (int question = 0; question < PeerLimits.QUESTIONS_MAX; question++) {
        a.asks(new byte[PeerLimits.REQUEST_BYTES_MAX]);
      }
      await("its end", () -> !a.view().addresses().getFirst().up());
    }
    assertThat(a.view().addresses().getFirst().why())
        .isEqualTo("the other node takes nothing in: too much waits for it");
  }

  private static Message.Greeting greetingOfB() {
    return new Message.Greeting(1, 1, 0, new PeerIdentity(PAIR, 1, "b", "k7x2ma", "0.1.0"), 0);
  }

  /// Noise behind a right greeting ends that line only; it comes again.
  @Test
  void damageInALineEndsItAndItComesAgain() throws Exception {
    int port = freePort();
    End a = node(0, port);
    try (Socket caller = new Socket(HOSTS.getFirst(), port)) {
      caller.getOutputStream().write(MessageWriter.encode(greetingOfB()));
      caller.getOutputStream().write(MessageWriter.encode(new Message.Beat(1)));
      await("the line", () -> a.view().addresses().getFirst().up());
      caller.getOutputStream().write(new byte[PeerLimits.HEADER_BYTES]);
      await("its end", () -> !a.view().addresses().getFirst().up());
    }
    assertThat(a.view().addresses().getFirst().why()).startsWith("damaged data came in");
    End b = node(1, port);
    await("both addresses", () -> a.isWhole() && b.isWhole());
  }
}
