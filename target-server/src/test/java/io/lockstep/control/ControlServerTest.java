package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.api.ConnectInfo;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Requests.MirrorCommand;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.EventStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The control server over a real Unix socket, asked by the real client and by raw bytes.
@Timeout(60)
@Tag("shell")
final class ControlServerTest {
  private static final byte[] STATUS_REQUEST =
      "GET /v1/status HTTP/1.1\r\nHost: node\r\n\r\n".getBytes(UTF_8);
  private static final byte[] CLOSING_REQUEST =
      "GET /v1/status HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n".getBytes(UTF_8);

  @TempDir private Path directory = Path.of("");
  private final List<SocketChannel> open = new ArrayList<>();
  private ServedNode served = unset();

  @SuppressWarnings("NullAway")
  private static ServedNode unset() {
    return null;
  }

  @BeforeEach
  void serve() {
    served = new ServedNode(directory.resolve("a.sock"), "a", true, LoopKind.EPOLL);
  }

  @AfterEach
  void stop() throws IOException {
    for (SocketChannel channel : open) {
      channel.close();
    }
    served.close();
  }

  private static Problem problemOf(ThrowingCallable call) {
    return catchThrowableOfType(ControlException.class, call).problem();
  }

  @Test
  void unknownPathIsNotFound() {
    Problem problem =
        problemOf(() -> served.client().call("GET", "/v1/nothing", null, PairStatus.class));

    assertThat(problem.status()).isEqualTo(404);
    assertThat(problem.why()).isEqualTo("this daemon does not know it");
  }

  @Test
  void wrongMethodNamesTheRightOnes() {
    Problem problem =
        problemOf(() -> served.client().call("DELETE", "/v1/status", null, PairStatus.class));

    assertThat(problem.status()).isEqualTo(405);
    assertThat(problem.why()).contains("GET");
  }

  @Test
  void unknownFieldInARequestIsRefused() {
    Problem problem =
        problemOf(
            () ->
                served
                    .client()
                    .call("POST", "/v1/volumes", Map.of("nmae", "vm1"), PairStatus.class));

    assertThat(problem.status()).isEqualTo(400);
    assertThat(problem.why()).contains("nmae");
    assertThat(served.node().status().volumes()).isEmpty();
  }

  @Test
  void refusalArrivesWithItsThreeParts() throws ControlException {
    served.client().createVolume("vm1", 4096);

    Problem problem = problemOf(() -> served.client().createVolume("vm1", 4096));

    assertThat(problem)
        .isEqualTo(
            new Problem(
                409, "Volume vm1 was not created", "there is one already", "take another name"));
  }

  @Test
  void bodyBeyondTheLimitIsRefused() throws ControlException {
    String name = "x".repeat(ControlServer.BODY_BYTES_MAX);
    String shorter = "x".repeat(ControlServer.BODY_BYTES_MAX - 100);
    served.client().createVolume(shorter, 1);
    assertThat(served.client().volumes()).as("read").hasSize(1);

    Problem problem = problemOf(() -> served.client().createVolume(name, 1));

    assertThat(problem.why()).contains("413");
    assertThat(served.client().status().pair()).isEqualTo("k7x2ma");
  }

  @Test
  void headBeyondTheLimitIsRefused() throws IOException {
    String end = "\r\n".repeat(2);
    String head = "GET /v1/status HTTP/1.1\r\nHost: x\r\nX-Long: ";
    assertThat(answerTo(head + "x".repeat(8_000) + end)).contains(" 200 ");
    assertThat(answerTo(head + "x".repeat(8_200) + end)).contains(" 400 ");
  }

  /// What is read first of it.
  private String answerTo(String request) throws IOException {
    SocketChannel channel = connected();
    channel.write(ByteBuffer.wrap(request.getBytes(UTF_8)));
    ByteBuffer answer = ByteBuffer.allocate(1 << 16);
    channel.read(answer);
    return new String(answer.array(), 0, answer.position(), UTF_8);
  }

  @Test
  void nonsenseClosesTheConnectionAndNothingElse() throws IOException, ControlException {
    try (SocketChannel raw = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      raw.connect(UnixDomainSocketAddress.of(served.socket()));
      raw.write(ByteBuffer.wrap("\0\1\2\3 nonsense\r\n\r\n".getBytes(UTF_8)));
      ByteBuffer answer = ByteBuffer.allocate(4096);
      while (raw.read(answer) >= 0) {
        assertThat(answer.hasRemaining()).isTrue();
      }
      assertThat(new String(answer.array(), 0, answer.position(), UTF_8)).contains(" 400 ");
    }

    assertThat(served.client().status().reportedBy()).isEqualTo("a");
  }

  @Test
  void actorWithControlCharactersIsRefused() throws IOException {
    String request =
        "GET /v1/status HTTP/1.1\r\nHost: x\r\nLockstep-Actor: "
            + "a".repeat(65)
            + "\r\nConnection: close\r\n\r\n";
    try (SocketChannel raw = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      raw.connect(UnixDomainSocketAddress.of(served.socket()));
      raw.write(ByteBuffer.wrap(request.getBytes(UTF_8)));
      ByteBuffer answer = ByteBuffer.allocate(4096);
      while (raw.read(answer) >= 0) {
        assertThat(answer.hasRemaining()).isTrue();
      }
      assertThat(new String(answer.array(), 0, answer.position(), UTF_8))
          .contains(" 400 ")
          .contains("Lockstep-Actor");
    }
  }

  @Test
  void ownerAndGroupMayUseTheSocketAndNobodyElse() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(served.socket())))
        .isEqualTo("rw-rw----");
  }

  @Test
  void socketOfALivingDaemonIsNotTakenAway() throws ControlException {
    assertThat(served.start())
        .isInstanceOfSatisfying(
            ControlServer.Outcome.Refused.class,
            refused ->
                assertThat(refused.refusal().sentence()).contains("in use by another daemon"));
    assertThat(served.client().status().pair()).isEqualTo("k7x2ma");
  }

  @Test
  void socketOfADeadDaemonIsTakenOver() throws IOException, ControlException {
    Path dead = directory.resolve("dead.sock");
    try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(dead));
    }
    assertThat(dead).exists();

    try (var next = new ServedNode(dead, "a", true, LoopKind.EPOLL)) {
      assertThat(next.client().status().reportedBy()).isEqualTo("a");
    }
  }

  @Test
  void pathTooLongForASocketIsSaid() {
    assertThat(started(103)).isInstanceOf(ControlServer.Outcome.Started.class);
    assertThat(started(104))
        .isInstanceOfSatisfying(
            ControlServer.Outcome.Refused.class,
            refused ->
                assertThat(refused.refusal().sentence())
                    .contains("its path has 104 bytes, a socket's may have 103")
                    .contains("shorter directory"));
  }

  /// What comes of a server whose path has so many bytes; it is closed again.
  private ControlServer.Outcome started(int pathBytes) {
    int left = pathBytes - directory.toAbsolutePath().toString().length() - 1;
    var outcome = new CompletableFuture<ControlServer.Outcome>();
    try (RingLoop loop = RingLoop.start("control", LoopKind.EPOLL, Fatal.HALT)) {
      ControlServer.start(
          loop,
          directory.resolve("s".repeat(left)),
          served.node(),
          served.dispatcher(),
          outcome::complete);
      ControlServer.Outcome came = outcome.join();
      if (came instanceof ControlServer.Outcome.Started(ControlServer server)) {
        var closed = new CompletableFuture<Boolean>();
        server.close(() -> closed.complete(true));
        closed.join();
      }
      return came;
    }
  }

  @Test
  void nobodyAtTheSocketIsSaidWithoutAStack() {
    var client = new ControlClient(directory.resolve("none.sock"), "tester");

    ControlException error = catchThrowableOfType(ControlException.class, client::status);

    assertThat(error.isUnreachable()).isTrue();
    assertThat(error).hasMessageContaining("there is no control socket");
  }

  @Test
  void requestOnTheSecondaryIsAnsweredByThePrimary() throws ControlException {
    try (var secondary = new ServedNode(directory.resolve("b.sock"), "b", false, LoopKind.EPOLL)) {
      secondary.node().connect(served.dispatcher());

      assertThat(secondary.client().createVolume("vm1", 8192).sizeBytes()).isEqualTo(8192);
      assertThat(served.client().volumes()).extracting("name").containsExactly("vm1");
      Problem problem = problemOf(() -> secondary.client().deleteVolume("vm2"));
      assertThat(problem.status()).isEqualTo(404);
    }
  }

  @Test
  void requestOnTheSecondaryWithoutTheLinkIsRefusedWithTheReason() {
    try (var secondary = new ServedNode(directory.resolve("b.sock"), "b", false, LoopKind.EPOLL)) {
      Problem problem = problemOf(() -> secondary.client().createVolume("vm1", 8192));

      assertThat(problem.status()).isEqualTo(503);
      assertThat(problem.why()).contains("not the Primary").contains("the link is down");
    }
  }

  @Test
  void requestIsPassedOnOnceOnly() {
    try (var first = new ServedNode(directory.resolve("b.sock"), "b", false, LoopKind.EPOLL);
        var second = new ServedNode(directory.resolve("c.sock"), "c", false, LoopKind.EPOLL)) {
      first.node().connect(second.dispatcher());
      second.node().connect(first.dispatcher());

      Problem problem = problemOf(() -> first.client().createVolume("vm1", 8192));

      assertThat(problem.status()).isEqualTo(503);
      assertThat(problem.why()).contains("the other node passed it on");
    }
  }

  @Test
  void mirrorCommandGoesToTheNodeItNames() throws ControlException {
    try (var secondary = new ServedNode(directory.resolve("b.sock"), "b", false, LoopKind.EPOLL)) {
      served.node().connect(secondary.dispatcher());

      assertThat(served.client().mirrorCommand(Requests.PROMOTE, MirrorCommand.at("b")).message())
          .isEqualTo("PROMOTE at b");
      assertThat(
              served
                  .client()
                  .mirrorCommand(Requests.CONNECT, MirrorCommand.discardingAt(null))
                  .message())
          .isEqualTo("CONNECT at a discarding");
      assertThat(
              served
                  .client()
                  .mirrorCommand(Requests.DISCONNECT, MirrorCommand.forcedAt("b"))
                  .message())
          .isEqualTo("DISCONNECT at b forced");
      Problem problem =
          problemOf(() -> served.client().mirrorCommand(Requests.DEMOTE, MirrorCommand.at("z")));
      assertThat(problem.why()).contains("no node \"z\"");
    }
  }

  @Test
  void eventsBeginAtOnceAndFollowChanges() throws ControlException, IOException {
    try (EventStream events = served.client().events()) {
      assertThat(events.nextPicture().volumes()).isEmpty();
      served.client().createVolume("vm1", 4096);
      served.server().statusChanged();

      assertThat(events.nextPicture().volumes()).extracting("name").containsExactly("vm1");
    }
  }

  @Test
  void whatHappensToAMirrorIsToldInOrderAndOnce() throws ControlException, IOException {
    EventInfo before = served.happens("Secondary", "Primary", 1);
    try (EventStream events = served.client().events()) {
      assertThat(events.next()).isEqualTo(new EventStream.Happened(before));
      assertThat(events.next()).isInstanceOf(EventStream.Picture.class);
      EventInfo now = served.happens("Primary", "Secondary", 2);
      assertThat(events.next()).isEqualTo(new EventStream.Happened(now));
    }
    assertThat(served.client().lastEvents()).extracting("atMillis").containsExactly(1L, 2L);
  }

  @Test
  void namesInPathsAreDecoded() throws ControlException {
    served.client().createVolume("with space", 4096);

    assertThat(served.client().deleteVolume("with space").message())
        .isEqualTo("Volume with space was deleted.");
  }

  @Test
  void recipesNameBothPortals() throws ControlException {
    served.client().createVolume("vm1", 4096);
    served.client().createExport("vm1", List.of());

    var info = served.client().connect("vm1");

    assertThat(info.recipes())
        .extracting(recipe -> recipe.title())
        .containsExactly("open-iscsi", "QEMU", "libvirt", "multipath-tools", "iscsid");
    assertThat(info.recipes().getFirst().text())
        .contains("iscsiadm -m discovery -t sendtargets -p 127.0.0.1:3260")
        .contains("iscsiadm -m node -T iqn.t:vm1 -p 127.0.0.1:3261 --login");
    assertThat(info.recipes().get(1).text()).contains("file=iscsi://127.0.0.1:3260/iqn.t:vm1/0,");
    assertThat(info.recipes().get(2).text()).contains("<host name='127.0.0.1' port='3260'/>");
    ConnectInfo.Recipe multipath = info.recipes().get(3);
    assertThat(multipath.text())
        .contains("path_grouping_policy group_by_prio", "prio alua")
        .contains("no_path_retry 60", "fast_io_fail_tmo 5");
    assertThat(multipath.note())
        .contains("no_path_retry 60: with no path left, I/O waits", "5 minutes", "hangs")
        .contains("fast_io_fail_tmo 5: a path whose session is gone is given up after 5 s");
    ConnectInfo.Recipe iscsid = info.recipes().get(4);
    assertThat(iscsid.text())
        .contains("replacement_timeout = 5", "noop_out_interval = 1", "noop_out_timeout = 2");
    assertThat(iscsid.note()).contains("silent for 3 s", "With one path alone they fail");
  }

  @Test
  void worksOnTheRingToo() throws ControlException {
    try (var ring = new ServedNode(directory.resolve("r.sock"), "a", true, LoopKind.best())) {
      assertThat(ring.client().status().nodes()).hasSize(2);
    }
  }

  // --- at the limits: one more waits or is refused, those that are there go on ---

  private SocketChannel connected() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    open.add(channel);
    channel.connect(UnixDomainSocketAddress.of(served.socket()));
    return channel;
  }

  /// Whether a request on it is answered; else it was closed.
  private static boolean isAnswered(SocketChannel channel) {
    try {
      channel.write(ByteBuffer.wrap(STATUS_REQUEST));
      return channel.read(ByteBuffer.allocate(1 << 16)) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource(LoopKind.class)
  void moreRequestsAtOnceThanThereArePlacesAreAllAnswered(LoopKind kind) throws IOException {
    served.close();
    served = new ServedNode(directory.resolve("b.sock"), "b", true, kind);
    for (int count = 0; count < 3 * ControlServer.CONNECTIONS_MAX; count++) {
      SocketChannel gone = connected();
      gone.write(ByteBuffer.wrap(STATUS_REQUEST));
      gone.close();
      connected().write(ByteBuffer.wrap(CLOSING_REQUEST));
    }
    for (SocketChannel channel : open) {
      if (channel.isOpen()) {
        assertThat(channel.read(ByteBuffer.allocate(1 << 16))).isPositive();
        channel.close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(LoopKind.class)
  void whoeverAsksNothingMakesRoomWhenAllPlacesAreTaken(LoopKind kind) throws IOException {
    served.close();
    served = new ServedNode(directory.resolve("b.sock"), "b", true, kind);
    for (int count = 0; count < ControlServer.CONNECTIONS_MAX; count++) {
      assertThat(isAnswered(connected())).as("connection %d", count).isTrue();
    }
    assertThat(isAnswered(connected())).as("one more").isTrue();
    assertThat(isAnswered(open.getFirst())).as("the first one").isFalse();
  }

  @Test
  void oneStreamMoreIsRefusedAndTheOthersGoOn() throws Exception {
    List<EventStream> streams = new ArrayList<>();
    try {
      for (int count = 0; count < EventFeed.STREAMS_MAX; count++) {
        streams.add(served.client().events());
        assertThat(streams.getLast().nextPicture().reportedBy()).isEqualTo("a");
      }
      ControlException refused =
          catchThrowableOfType(
              ControlException.class,
              () -> {
                try (EventStream more = served.client().events()) {
                  more.next();
                }
              });
      assertThat(refused.problem().why()).contains("32 streams");
      served.client().createVolume("vm1", 4096);
      served.server().statusChanged();
      while (streams.getFirst().nextPicture().volumes().isEmpty()) {
        // Each stream that came has shown everybody a picture; those are read first.
      }
    } finally {
      for (EventStream stream : streams) {
        stream.close();
      }
    }
  }
}
