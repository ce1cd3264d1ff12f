package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.EventStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The control socket at its limits: one more is turned away, those that are there go on, and the
/// next finds a place when one has gone.
@Timeout(60)
final class ControlLimitsTest {
  private static final byte[] REQUEST =
      "GET /v1/status HTTP/1.1\r\nHost: node\r\n\r\n".getBytes(UTF_8);

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

  private SocketChannel connected() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    open.add(channel);
    channel.connect(UnixDomainSocketAddress.of(served.socket()));
    return channel;
  }

  /// Whether a request on it is answered; else it was closed.
  private static boolean isAnswered(SocketChannel channel) {
    try {
      channel.write(ByteBuffer.wrap(REQUEST));
      return channel.read(ByteBuffer.allocate(1 << 16)) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void oneConnectionMoreIsClosedAndTheOthersGoOn() throws IOException {
    for (int count = 0; count < ControlServer.CONNECTIONS_MAX; count++) {
      assertThat(isAnswered(connected())).as("connection %d", count).isTrue();
    }
    assertThat(isAnswered(connected())).as("one more").isFalse();
    assertThat(isAnswered(open.getFirst())).as("the first one").isTrue();

    open.getFirst().close();
    while (!isAnswered(connected())) { // The server learns of the end in a turn of its own.
      Thread.onSpinWait();
    }
  }

  @Test
  void oneStreamMoreIsRefusedAndTheOthersGoOn() throws Exception {
    List<EventStream> streams = new ArrayList<>();
    try {
      for (int count = 0; count < EventFeed.STREAMS_MAX; count++) {
        streams.add(served.client().events());
        assertThat(streams.getLast().next().reportedBy()).isEqualTo("a");
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
      while (streams.getFirst().next().volumes().isEmpty()) {
        // Each stream that came has shown everybody a picture; those are read first.
      }
    } finally {
      for (EventStream stream : streams) {
        stream.close();
      }
    }
  }
}
