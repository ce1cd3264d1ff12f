package io.lockstep.control.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.ServedNode;
import io.lockstep.control.api.Alert;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A node that answers, beside a socket at which nobody does: each in its own way.
@Timeout(60)
@Tag("shell")
class SocketsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path directory = Path.of("");

  /// It waited for 130 s, and said that the daemon did not run.
  @Test
  void aDaemonThatSaysNothingHoldsUpNoOtherAndIsNotSaidToBeDown() throws Exception {
    try (ServerSocketChannel frozen = listening("b");
        ServedNode a = served("a")) {
      assertThat(frozen.isOpen()).isTrue();
      Sockets sockets = sockets(a.socket(), directory.resolve("b"));
      long start = System.nanoTime();
      PairStatus picture = sockets.ask(PATIENCE).picture();

      assertThat(Sockets.ANSWER_MAX).isEqualTo(Duration.ofSeconds(2));
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Sockets.ANSWER_MAX, PATIENCE);
      assertThat(picture.node("a").orElseThrow().state()).isEqualTo(NodeStatus.RUNNING);
      assertThat(picture.node("b").orElseThrow().state()).isEqualTo(NodeStatus.NO_ANSWER);
      assertThat(picture.alerts())
          .filteredOn(alert -> alert.code().equals(WholePicture.NO_ANSWER))
          .singleElement()
          .satisfies(
              alert -> {
                assertThat(alert.severity()).isEqualTo(Alert.WARNING);
                assertThat(alert.what()).contains("Node b does not answer", "is not known");
              });
      assertThat(sockets.ask(PATIENCE).best().socket()).isEqualTo(a.socket());
    }
  }

  @Test
  void aDaemonThatTakesNoMoreConnectionsIsOneThatSaysNothing() throws Exception {
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocketChannel full = listening("b");
        ServedNode a = served("a")) {
      assertThat(full.isOpen()).isTrue();
      while (waiting.size() < 3) {
        SocketChannel one = SocketChannel.open(StandardProtocolFamily.UNIX);
        one.configureBlocking(false);
        waiting.add(one);
        try {
          one.connect(UnixDomainSocketAddress.of(directory.resolve("b")));
        } catch (IOException e) {
          assertThat(e).hasMessageContaining("temporarily unavailable");
        }
      }
      PairStatus picture = sockets(a.socket(), directory.resolve("b")).ask(PATIENCE).picture();
      assertThat(picture.node("b").orElseThrow().state()).isEqualTo(NodeStatus.NO_ANSWER);
    } finally {
      for (SocketChannel one : waiting) {
        one.close();
      }
    }
  }

  @Test
  void aSocketAtWhichNobodyListensIsOneOfANodeThatDoesNotRun() throws Exception {
    listening("b").close();
    assertThat(directory.resolve("b")).exists();
    try (ServedNode a = served("a")) {
      PairStatus picture = sockets(a.socket(), directory.resolve("b")).ask(PATIENCE).picture();
      assertThat(picture.node("b").orElseThrow().state()).isEqualTo(NodeStatus.NOT_RUNNING);
      assertThat(picture.alerts()).extracting(Alert::code).doesNotContain(WholePicture.NO_ANSWER);
    }
  }

  @Test
  void ofNobodyWhoAnswersTheSilentOneIsNamed() throws Exception {
    try (ServerSocketChannel frozen = listening("b")) {
      assertThat(frozen.isOpen()).isTrue();
      Sockets sockets = sockets(directory.resolve("none"), directory.resolve("b"));
      ControlException refused =
          catchThrowableOfType(
              ControlException.class, () -> sockets.ask(Duration.ofMillis(300)).picture());
      assertThat(refused.problem().why()).contains("no answer", directory.resolve("b").toString());
    }
  }

  private ServedNode served(String name) {
    return new ServedNode(directory.resolve(name), name, name.equals("a"), LoopKind.EPOLL);
  }

  /// A socket of a process that stands still: its kernel takes connections, and nothing comes.
  private ServerSocketChannel listening(String name) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(directory.resolve(name)), 1);
  }

  private static Sockets sockets(Path... paths) {
    List<ControlClient> clients = new ArrayList<>();
    for (Path path : paths) {
      clients.add(new ControlClient(path, "tester"));
    }
    return new Sockets(clients);
  }
}
