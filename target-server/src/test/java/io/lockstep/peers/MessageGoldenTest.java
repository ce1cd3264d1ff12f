package io.lockstep.peers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What the nodes say on the control connection, byte for byte. The checksums were computed by
/// another program.
@Tag("golden")
final class MessageGoldenTest {
  private static final byte[] JSON = "{}".getBytes(UTF_8);

  private static void assertBytes(Message message, String header, String body) {
    byte[] expected = HexFormat.of().parseHex((header + body).replaceAll("[^0-9a-f]", ""));
    assertThat(MessageWriter.encode(message)).isEqualTo(expected);
    MessageReader reader = new MessageReader();
    reader.trust();
    List<Message> read = new ArrayList<>();
    assertThat(reader.feed(ByteBuffer.wrap(expected), read::add)).isEmpty();
    assertThat(read).usingRecursiveFieldByFieldElementComparator().containsExactly(message);
  }

  @Test
  void greeting() {
    assertBytes(
        new Message.Greeting(
            1,
            1,
            0,
            new PeerIdentity(
                UUID.fromString("01234567-89ab-cdef-1122-334455667788"), 1, "b", "k7x2ma", "0.1.0"),
            1),
        // magic, version, type, reserved, length, checksum of the body, reserved, checksum
        "4c535443 0001 01 00 00000034 c1c07fd8 00000000 ea4c4dca",
        "00000001 00000001" // versions
            + "0000000000000000" // features
            + "0123456789abcdef 1122334455667788" // pair
            + "01" // node id
            + "01" // address
            + "0001 62" // node
            + "0006 6b3778326d61" // pair
            + "0005 302e312e30"); // release
  }

  @Test
  void refuse() {
    assertBytes(
        new Message.Refuse("no"),
        "4c535443 0001 02 00 00000004 4c9a0100 00000000 beb015c9",
        "0002 6e6f");
  }

  @Test
  void beat() {
    assertBytes(
        new Message.Beat(7),
        "4c535443 0001 03 00 00000008 58e2d661 00000000 fc5be83b",
        "0000000000000007");
  }

  @Test
  void goodbye() {
    assertBytes(
        new Message.Goodbye("bye"),
        "4c535443 0001 04 00 00000005 2bc6defa 00000000 1b7aa31b",
        "0003 627965");
  }

  @Test
  void request() {
    assertBytes(
        new Message.Request(5, JSON),
        "4c535443 0001 10 00 0000000a 00586177 00000000 691f4c46",
        "0000000000000005 7b7d");
  }

  @Test
  void reply() {
    assertBytes(
        new Message.Reply(5, "[]".getBytes(UTF_8)),
        "4c535443 0001 11 00 0000000a 5f6e0cab 00000000 8a2a5d15",
        "0000000000000005 5b5d");
  }

  @Test
  void report() {
    assertBytes(
        new Message.Report(JSON),
        "4c535443 0001 12 00 00000002 297bd0aa 00000000 8719000c",
        "7b7d");
  }

  @Test
  void aReasonIsCutBetweenCharacters() {
    String reason = "x".repeat(PeerLimits.REASON_BYTES_MAX - 1) + "é";
    byte[] bytes = MessageWriter.encode(new Message.Refuse(reason));
    List<Message> read = new ArrayList<>();
    assertThat(new MessageReader().feed(ByteBuffer.wrap(bytes), read::add)).isEmpty();
    assertThat(read)
        .containsExactly(new Message.Refuse("x".repeat(PeerLimits.REASON_BYTES_MAX - 1)));
  }
}
