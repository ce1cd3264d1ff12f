package io.lockstep.daemon;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.peers.Message;
import io.lockstep.peers.MessageWriter;
import io.lockstep.peers.PeerIdentity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whoever is let in nowhere still may have a word in a log: no word of theirs becomes a line of
/// its own, whichever door it comes through. One in a target's name did.
@Timeout(180)
@Tag("shell")
final class StrangersTextTest {
  private static final String FORGED = "2026-01-01T00:00:00.000+00:00 ERROR node: disk failed";
  private static final String PLANTED = "x\n" + FORGED + "\u001b[2K\u202e\r";

  /// What a line begins with: the time, or two blanks of a stack trace.
  private static final String LINE =
      "20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d[.]\\d{3}[+-].*|  .*";

  @TempDir private Path directory = Path.of("");

  @Test
  void noDoorLetsAStrangerWriteALine() throws Exception {
    try (var pair = new ProcessPair(directory)) {
      pair.logAsProgram();
      pair.startInSync();
      logIn(pair.portalPort(0), "InitiatorName=iqn.x:h", "TargetName=" + PLANTED);
      logIn(pair.portalPort(0), "InitiatorName=" + PLANTED, "TargetName=iqn.x:t");
      logIn(pair.portalPort(0), PLANTED + "=1", "InitiatorName=iqn.x:h");
      greet(pair.controlPort());
      send(pair.peerPort(), PLANTED.getBytes(UTF_8));
      String encoded = "x%0A2026-01-01T00:00:00.000+00:00%20ERROR%1B%5B2K";
      byte[] body = ("{\"name\":\"" + FORGED + "\\n\"}").getBytes(UTF_8);
      pair.client(0).pass("DELETE", "/v1/volumes/" + encoded, new byte[0]);
      pair.client(1).pass("POST", "/v1/volumes", body);
      pair.client(0).pass("POST", "/v1/volumes", PLANTED.getBytes(UTF_8));
      List<AuditInfo> trail = pair.client(0).audit(Requests.AuditQuery.newest(10));

      pair.assertAlive("after all of them");
      assertThat(pair.logged(0)).contains("login refused").contains("\\n2026-01-01");
      for (int node : List.of(0, 1)) {
        assertThat(pair.logged(node).lines()).allSatisfy(line -> assertThat(line).matches(LINE));
        assertThat(pair.logged(node).lines().filter(line -> line.startsWith("2026-01-01")))
            .isEmpty();
        assertThat(pair.logged(node)).doesNotContain("\u001b").doesNotContain("\u202e");
      }
      assertThat(trail)
          .extracting(line -> line.outcome().result())
          .containsExactly("refused", "refused", "refused");
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(one -> one.toString().endsWith(".jsonl")).toList()) {
          assertThat(Files.readAllLines(file))
              .allSatisfy(
                  line -> assertThat(line).startsWith("{\"number\":").doesNotContain("\u001b"));
        }
      }
    }
  }

  /// The first PDU of a login (RFC 7143 11.12), and whatever comes back.
  private static void logIn(int port, String... keys) throws IOException {
    byte[] data = (String.join("\0", keys) + "\0SessionType=Normal\0").getBytes(UTF_8);
    var pdu = new ByteArrayOutputStream();
    byte[] header = new byte[48];
    header[0] = 0x43;
    header[1] = (byte) 0x87;
    header[6] = (byte) (data.length >> 8);
    header[7] = (byte) data.length;
    header[8] = (byte) 0x80;
    pdu.writeBytes(header);
    pdu.writeBytes(data);
    pdu.writeBytes(new byte[-data.length & 3]);
    send(port, pdu.toByteArray());
  }

  private static void greet(int port) throws IOException {
    var stranger = new PeerIdentity(new UUID(1, 2), 1, PLANTED, PLANTED, PLANTED);
    send(port, MessageWriter.encode(new Message.Greeting(1, 1, 0, stranger, 0)));
    send(port, MessageWriter.encode(new Message.Goodbye(PLANTED)));
  }

  /// Sends and waits until the other side has ended the connection.
  private static void send(int port, byte[] bytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    } catch (SocketException e) {
      // It was refused before all of it was read.
    }
  }
}
