package io.lockstep.daemon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.JsonMutator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Wrong requests at the control sockets of two running nodes: each whole one is answered, none
/// with a fault of ours (500), and both nodes live and stay in sync. `-Dlockstep.seed=N` repeats
/// a run, `-Dlockstep.long=true` sends two hundred times as many.
@Timeout(3600)
@Tag("fuzz")
final class ControlFuzzTest {
  private static final long SEED = Long.getLong("lockstep.seed", 20_261_130);
  private static final int ROUNDS = Boolean.getBoolean("lockstep.long") ? 100_000 : 500;
  private static final int LOOK_EVERY = 100;

  @TempDir private static Path directory = Path.of("");
  private static ProcessPair pair = unset();

  private final Random random = new Random(SEED);
  private final JsonMutator mutator = new JsonMutator(random);

  /// A request that is right.
  private record Sample(String method, String path, String body) {}

  private static final List<Sample> SAMPLES =
      List.of(
          new Sample("GET", "/v1/status", ""),
          new Sample("GET", "/v1/volumes", ""),
          new Sample("GET", "/v1/exports", ""),
          new Sample("GET", "/v1/sessions", ""),
          new Sample("GET", "/v1/mirror", ""),
          new Sample("GET", "/v1/connect/vm1", ""),
          new Sample("POST", "/v1/volumes", "{\"name\":\"vm2\",\"sizeBytes\":4194304}"),
          new Sample("POST", "/v1/volumes/vm2/resize", "{\"sizeBytes\":8388608,\"shrink\":true}"),
          new Sample("POST", "/v1/volumes/vm2/rename", "{\"newName\":\"vm3\"}"),
          new Sample("DELETE", "/v1/volumes/vm3", ""),
          new Sample("DELETE", "/v1/volumes/vm2", ""),
          new Sample(
              "POST",
              "/v1/exports",
              "{\"volume\":\"vm1\",\"initiators\":[\"iqn.1993-08.org.debian:01:3f2a\"]}"),
          new Sample("DELETE", "/v1/exports/vm1", ""),
          new Sample(
              "POST",
              "/v1/mirror/connect",
              "{\"node\":\"a\",\"discardMyData\":false,\"force\":false}"),
          new Sample("POST", "/v1/mirror/accept-loss", "{\"node\":\"b\"}"));

  @SuppressWarnings("NullAway")
  private static ProcessPair unset() {
    return null;
  }

  @BeforeAll
  static void start() throws Exception {
    pair = new ProcessPair(directory);
    pair.startInSync();
    pair.client(0).createVolume("vm1", 4 << 20);
  }

  @AfterAll
  static void stop() {
    pair.close();
  }

  @Test
  void everyWholeRequestIsAnsweredAndNoneWithAFault() throws Exception {
    var answers = new TreeMap<Integer, Integer>();
    for (int round = 0; round < ROUNDS; round++) {
      Sample sample = SAMPLES.get(random.nextInt(SAMPLES.size()));
      byte[] body =
          random.nextInt(4) == 0
              ? sample.body.getBytes(UTF_8)
              : mutator.mutated(sample.body.isEmpty() ? "{\"node\":\"a\"}" : sample.body);
      byte[] request = request(sample.method, path(sample.path), body);
      int node = random.nextInt(2);

      String what = "seed %d, round %d, node %d: ".formatted(SEED, round, node);
      int status = status(exchange(node, request, what));

      assertThat(status)
          .as(() -> what + new String(request, ISO_8859_1))
          .isIn(200, 201, 400, 404, 405, 409, 413, 503);
      answers.merge(status, 1, Integer::sum);
      look(round);
    }
    assertThat(answers).as("what was tried").containsKeys(200, 400, 404, 409);
    assertThat(pair.awaitInSync().reportedBy()).isEqualTo("a");
    assertThat(pair.logged(0) + pair.logged(1)).doesNotContain("its handler threw");
  }

  /// Not only the JSON: anything at all, in pieces, and gone before its end.
  @Test
  void noBytesAtAllEndANode() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      Sample sample = SAMPLES.get(random.nextInt(SAMPLES.size()));
      byte[] request = request(sample.method, sample.path, sample.body.getBytes(UTF_8));
      for (int change = random.nextInt(6); change > 0; change--) {
        int at = random.nextInt(request.length);
        request[at] =
            (byte)
                (random.nextBoolean()
                    ? random.nextInt(256)
                    : "\r\n :/0%".charAt(random.nextInt(7)));
      }
      sendAndGo(random.nextInt(2), request, random.nextInt(request.length + 1));
      look(round);
    }
    assertThat(pair.awaitInSync().reportedBy()).isEqualTo("a");
    assertThat(pair.logged(0) + pair.logged(1)).doesNotContain("closed by a fault");
  }

  private static void look(int round) throws IOException {
    if (round % LOOK_EVERY == 0) {
      pair.assertAlive("seed %d, round %d".formatted(SEED, round));
    }
  }

  private String path(String path) {
    return switch (random.nextInt(12)) {
      case 0 -> path + "%";
      case 1 -> path + "%ed%a0%80";
      case 2 -> path.replace("vm", "Upper_Case+");
      case 3 -> path + "/";
      case 4 -> path.replace("vm2", "..").replace("vm1", "%2e%2e%2f%00%0d%0a");
      case 5 -> path + "?x=" + "y".repeat(random.nextInt(3000));
      default -> path;
    };
  }

  private static byte[] request(String method, String path, byte[] body) {
    String head =
        "%s %s HTTP/1.1\r\nHost: x\r\nLockstep-Actor: fuzz\r\nContent-Length: %d\r\n"
            .formatted(method, path, body.length);
    var request = new ByteArrayOutputStream();
    request.writeBytes((head + "Connection: close\r\n\r\n").getBytes(ISO_8859_1));
    request.writeBytes(body);
    return request.toByteArray();
  }

  private static SocketChannel connect(int node) throws IOException {
    var channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(pair.socket(node)));
    return channel;
  }

  private static String exchange(int node, byte[] request, String what) throws IOException {
    try (var channel = connect(node)) {
      send(channel, ByteBuffer.wrap(request));
      return answer(channel);
    } catch (IOException e) {
      String asked = what + new String(request, ISO_8859_1);
      throw new AssertionError(asked + "\nwas not answered; the log: " + pair.logged(node), e);
    }
  }

  /// Sends the first `length` bytes and goes away.
  private static void sendAndGo(int node, byte[] request, int length) throws IOException {
    try (var channel = connect(node)) {
      try {
        send(channel, ByteBuffer.wrap(request, 0, length));
      } catch (IOException e) {
        // The node has had enough before it had all.
      }
    }
  }

  private static void send(SocketChannel channel, ByteBuffer out) throws IOException {
    while (out.hasRemaining()) {
      channel.write(out);
    }
  }

  /// A node that answers before it has read all of a request, and closes, is seen as a reset behind
  /// its answer. One that has not answered has not kept its word.
  private static String answer(SocketChannel channel) throws IOException {
    var answer = new ByteArrayOutputStream();
    ByteBuffer in = ByteBuffer.allocate(64 << 10);
    try {
      while (channel.read(in.clear()) >= 0) {
        answer.write(in.array(), 0, in.position());
      }
    } catch (SocketException reset) {
      if (answer.size() == 0) {
        throw reset;
      }
    }
    return answer.toString(UTF_8);
  }

  private static int status(String answer) {
    assertThat(answer).startsWith("HTTP/1.1 ");
    return Integer.parseInt(answer.substring(9, 12));
  }
}
