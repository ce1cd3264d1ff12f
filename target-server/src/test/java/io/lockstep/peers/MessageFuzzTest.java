package io.lockstep.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Messages cut anywhere are the same messages; damaged ones end with a reason and never with
/// anything else. `-Dlockstep.seed=N` repeats the dice, `-Dlockstep.long=true` goes on for a
/// hundred times as long.
@Tag("fuzz")
final class MessageFuzzTest {
  private static final long SEED = Long.getLong("lockstep.seed", 20_261_130);
  private static final int ROUNDS = Boolean.getBoolean("lockstep.long") ? 300_000 : 3_000;

  private final Random random = new Random(SEED);

  private Message message() {
    byte[] body = new byte[random.nextInt(200)];
    random.nextBytes(body);
    return switch (random.nextInt(7)) {
      case 0 ->
          new Message.Greeting(
              1 + random.nextInt(3),
              3 + random.nextInt(3),
              random.nextLong(),
              new PeerIdentity(
                  new UUID(random.nextLong(), random.nextLong()),
                  random.nextInt(2),
                  "n".repeat(random.nextInt(256)),
                  "pär",
                  ""),
              random.nextInt(PeerLimits.ADDRESSES_MAX));
      case 1 -> new Message.Refuse("r".repeat(random.nextInt(PeerLimits.REASON_BYTES_MAX)));
      case 2 -> new Message.Beat(random.nextLong());
      case 3 -> new Message.Goodbye("");
      case 4 -> new Message.Request(random.nextLong(), body);
      case 5 -> new Message.Reply(random.nextLong(), body);
      default -> new Message.Report(body);
    };
  }

  private Optional<String> fed(MessageReader reader, byte[] bytes, List<Message> read) {
    Optional<String> fault = Optional.empty();
    for (int at = 0; at < bytes.length && fault.isEmpty(); ) {
      int count = Math.min(bytes.length - at, 1 + random.nextInt(60));
      fault = reader.feed(ByteBuffer.wrap(bytes, at, count), read::add);
      at += count;
    }
    return fault;
  }

  @Test
  void messagesAreReadHoweverTheyAreCut() {
    MessageReader reader = new MessageReader();
    reader.trust();
    for (int round = 0; round < ROUNDS; round++) {
      Message sent = message();
      List<Message> read = new ArrayList<>();
      assertThat(fed(reader, MessageWriter.encode(sent), read)).as("round %d", round).isEmpty();
      assertThat(read).usingRecursiveFieldByFieldElementComparator().containsExactly(sent);
    }
  }

  @Test
  void damageEndsWithAReason() {
    for (int round = 0; round < ROUNDS; round++) {
      MessageReader reader = new MessageReader();
      reader.trust();
      byte[] bytes = MessageWriter.encode(message());
      int at = random.nextInt(bytes.length);
      bytes[at] ^= (byte) (1 << random.nextInt(8));
      List<Message> read = new ArrayList<>();
      Optional<String> fault = fed(reader, bytes, read);

      assertThat(fault).as("seed %d, round %d, byte %d", SEED, round, at).isNotEmpty();
      assertThat(read).isEmpty();
      assertThat(reader.feed(ByteBuffer.wrap(MessageWriter.encode(new Message.Beat(1))), read::add))
          .as("nothing behind it is taken")
          .isEqualTo(fault);
      assertThat(read).isEmpty();
    }
  }

  /// With checksums that are right: what a program would send that speaks something else.
  @Test
  void aWrongBodyEndsWithAReason() {
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] whole = MessageWriter.encode(message());
      MessageReader reader = new MessageReader();
      reader.trust();
      List<Message> read = new ArrayList<>();
      Optional<String> fault = fed(reader, wronged(whole), read);
      assertThat(read.size() + (fault.isPresent() ? 1 : 0)).isLessThanOrEqualTo(1);
      refused += fault.isPresent() ? 1 : 0;
    }
    assertThat(refused).isGreaterThan(ROUNDS / 20);
  }

  private byte[] wronged(byte[] whole) {
    int length = whole.length - PeerLimits.HEADER_BYTES;
    int newLength = Math.max(0, length + random.nextInt(5) - 2);
    ByteBuffer out = ByteBuffer.allocate(PeerLimits.HEADER_BYTES + newLength);
    out.put(whole, 0, Math.min(whole.length, out.capacity()));
    if (newLength > 0 && random.nextBoolean()) {
      int at = PeerLimits.HEADER_BYTES + random.nextInt(newLength);
      out.put(at, (byte) random.nextInt(256));
    }
    out.putInt(MessageWriter.AT_LENGTH, newLength);
    byte[] body = new byte[newLength];
    out.get(PeerLimits.HEADER_BYTES, body);
    out.putInt(MessageWriter.AT_BODY_CRC, MessageWriter.crc(body, newLength));
    out.putInt(MessageWriter.AT_CRC, MessageWriter.crc(out.array(), MessageWriter.AT_CRC));
    return out.array();
  }

  /// A stranger's claim of a long message cost its memory.
  @Test
  void aStrangerGetsNoMemoryForALongMessage() {
    byte[] bytes = MessageWriter.encode(new Message.Report(new byte[2000]));
    List<Message> read = new ArrayList<>();
    assertThat(new MessageReader().feed(ByteBuffer.wrap(bytes), read::add))
        .hasValue("a REPORT of 2000 bytes");
  }
}
