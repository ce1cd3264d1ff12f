package io.lockstep.nbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The bytes of requests and replies beside their meaning, written by hand from proto.md.
@Tag("golden")
class TransmissionGoldenTest {
  private static final long COOKIE = 0x1020304050607080L;

  @Test
  void requests() {
    String read =
        """
        25 60 95 13             | magic
        00 05                   | FUA, DF
        00 00                   | READ
        10 20 30 40 50 60 70 80 | cookie
        00 00 00 00 00 00 10 00 | offset
        80 00 00 00             | 2 GiB
        """;
    String write =
        """
        25 60 95 13             | magic
        00 00                   | no flags
        00 01                   | WRITE
        10 20 30 40 50 60 70 80 | cookie
        ff ff ff ff ff ff ff ff | offset
        00 00 00 05             | 5 bytes
        01 02 03 04 05
        """;
    String unknown =
        """
        25 60 95 13             | magic
        ff ff                   | flags
        ff ff                   | of no command
        00 00 00 00 00 00 00 01 | cookie
        00 00 00 00 00 00 00 00 | offset
        ff ff ff ff             | length, and no payload
        """;
    ByteBuffer all = Hex.bytes(read + write + unknown);
    for (int piece : new int[] {all.capacity(), 7, 1}) {
      Recorder recorder = new Recorder(3, 3);
      RequestDecoder decoder = new RequestDecoder(recorder);
      for (int at = 0; at < all.capacity(); at += piece) {
        assertThat(decoder.feed(all.slice(at, Math.min(piece, all.capacity() - at)))).isTrue();
      }
      assertThat(recorder.heard)
          .containsExactly(
              "READ 5 1020304050607080 4096+2147483648",
              "WRITE 0 1020304050607080 -1+5",
              "[1, 2, 3]",
              "[4, 5]",
              "taken",
              "null 65535 1 0+4294967295");
    }
  }

  @Test
  void aPayloadThatNobodyWantsIsDropped() {
    Recorder recorder = new Recorder(2, 0);
    RequestDecoder decoder = new RequestDecoder(recorder);
    String header = "25609513 0000 0001 0000000000000009 0000000000000000 00000005";
    decoder.feed(Hex.bytes(header + "01 02 03 04 05" + header));
    assertThat(recorder.heard).containsExactly("WRITE 0 9 0+5", "[1, 2]", "taken", "WRITE 0 9 0+5");
  }

  @Test
  void whatIsNoRequestEndsTheStream() {
    Recorder recorder = new Recorder(0);
    new RequestDecoder(recorder).feed(Hex.bytes("25609514" + "00".repeat(100)));
    assertThat(recorder.heard).containsExactly("NO_REQUEST_MAGIC");
    Recorder other = new Recorder(0);
    String header = "25609513 0000 0001 0000000000000009 0000000000000000 04000001";
    new RequestDecoder(other).feed(Hex.bytes(header + header));
    assertThat(other.heard).containsExactly("PAYLOAD_TOO_LONG");
  }

  @Test
  void aPauseLeavesTheRest() {
    Recorder recorder = new Recorder(5);
    recorder.goOn = false;
    RequestDecoder decoder = new RequestDecoder(recorder);
    String header = "25609513 0000 0001 0000000000000009 0000000000000000 00000005";
    ByteBuffer bytes = Hex.bytes(header + "01 02 03 04 05 25");
    assertThat(decoder.feed(bytes)).isFalse();
    assertThat(bytes.remaining()).isEqualTo(6);
    assertThat(decoder.feed(bytes)).isFalse();
    assertThat(bytes.remaining()).isEqualTo(1);
    assertThat(decoder.feed(bytes)).isTrue();
    assertThat(recorder.heard).containsExactly("WRITE 0 9 0+5", "[1, 2, 3, 4, 5]", "taken");
  }

  @Test
  void simpleReplies() {
    expect(
        to -> Replies.success(to, COOKIE),
        """
        67 44 66 98             | magic
        00 00 00 00             | no error
        10 20 30 40 50 60 70 80 | cookie
        """);
    expect(
        to -> Replies.failure(to, COOKIE, NbdError.ESHUTDOWN),
        """
        67 44 66 98             | magic
        00 00 00 6c             | ESHUTDOWN
        10 20 30 40 50 60 70 80 | cookie
        """);
  }

  @Test
  void chunks() {
    String head = "66 8e 33 ef ";
    String cookie = " 10 20 30 40 50 60 70 80 ";
    expect(to -> Replies.none(to, COOKIE), head + "0001 0000" + cookie + "00000000");
    expect(
        to -> Replies.offsetData(to, false, COOKIE, 0x2000, 0x1000),
        head + "0000 0001" + cookie + "00001008 0000000000002000");
    expect(
        to -> Replies.offsetHole(to, true, COOKIE, 0x2000, 0x1000),
        head + "0001 0002" + cookie + "0000000c 0000000000002000 00001000");
    expect(
        to -> {
          Replies.blockStatus(to, true, COOKIE, 1, 2);
          Replies.extent(to, 0xffff_f000L, 0);
          Replies.extent(to, 0x1000, 3);
        },
        head + "0001 0005" + cookie + "00000014 00000001 fffff000 00000000 00001000 00000003");
    expect(
        to -> Replies.error(to, COOKIE, NbdError.EINVAL, "no"),
        head + "0001 8001" + cookie + "00000008 00000016 0002 6e6f");
    expect(
        to -> Replies.errorAt(to, COOKIE, 0x2000, NbdError.EIO, ""),
        head + "0001 8002" + cookie + "0000000e 00000005 0000 0000000000002000");
  }

  @Test
  void aLongSentenceIsCutBetweenTwoCharacters() {
    ByteBuffer to = ByteBuffer.allocate(Replies.BYTES_MAX);
    Replies.errorAt(to, COOKIE, 1, NbdError.EIO, "x" + "ü".repeat(1000));
    assertThat(to.position()).isEqualTo(Replies.BYTES_MAX - 1);
    assertThat(to.getShort(Replies.CHUNK_BYTES + 4)).isEqualTo((short) 511);
  }

  @Test
  void errorsHaveTheNumbersOfTheDocument() {
    assertThat(List.of(NbdError.values()).stream().map(NbdError::code))
        .containsExactly(1, 5, 12, 22, 28, 75, 95, 108);
  }

  @Test
  void eachCommandTakesItsOwnFlags() {
    int fua = CommandFlag.FUA.mask();
    for (CommandType type : CommandType.values()) {
      assertThat(type.takes(0)).isTrue();
      assertThat(type.takes(fua)).isTrue();
      assertThat(type.takes(1 << 5)).isFalse();
    }
    assertThat(CommandType.READ.takes(fua | CommandFlag.DF.mask())).isTrue();
    assertThat(CommandType.WRITE.takes(CommandFlag.DF.mask())).isFalse();
    assertThat(CommandType.BLOCK_STATUS.takes(CommandFlag.REQ_ONE.mask())).isTrue();
    assertThat(CommandType.WRITE_ZEROES.takes(0b10011)).isTrue();
  }

  private static void expect(Consumer<ByteBuffer> put, String wanted) {
    ByteBuffer to = ByteBuffer.allocate(Replies.BYTES_MAX);
    put.accept(to);
    Hex.expect(to.flip(), wanted);
  }

  /// What a decoder tells; it has rooms of the given sizes, and none where that is 0.
  private static final class Recorder implements RequestSink {
    private final List<String> heard = new ArrayList<>();
    private final int[] roomBytes;
    private @Nullable ByteBuffer room;
    private int roomIndex;
    private boolean goOn = true;

    private Recorder(int... roomBytes) {
      this.roomBytes = roomBytes;
    }

    @Override
    public boolean requested(Request request) {
      heard.add(
          "%s %d %x %d+%d"
              .formatted(
                  request.type(),
                  request.flags(),
                  request.cookie(),
                  request.offset(),
                  request.length()));
      return goOn;
    }

    @Override
    public @Nullable ByteBuffer payloadRoom() {
      tellRoom();
      int bytes = roomBytes[roomIndex++];
      room = bytes == 0 ? null : ByteBuffer.allocate(bytes);
      return room;
    }

    private void tellRoom() {
      ByteBuffer filled = room;
      if (filled != null) {
        byte[] bytes = new byte[filled.position()];
        filled.get(0, bytes);
        heard.add(java.util.Arrays.toString(bytes));
      }
      room = null;
    }

    @Override
    public boolean payloadTaken() {
      tellRoom();
      heard.add("taken");
      return goOn;
    }

    @Override
    public void broken(RequestFault fault) {
      heard.add(fault.name());
    }
  }
}
