package io.lockstep.nbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The bytes of the handshake beside their meaning, written by hand from proto.md: what the server
/// sends is compared, what a client sends is read, in one piece and byte by byte.
@Tag("golden")
class HandshakeGoldenTest {
  private static final String CLIENT_FLAGS = "00 00 00 03 | fixed newstyle, no zeroes\n";

  @Test
  void greeting() {
    Hex.expect(
        Greeting.bytes(),
        """
        4e 42 44 4d 41 47 49 43 | NBDMAGIC
        49 48 41 56 45 4f 50 54 | IHAVEOPT
        00 03                   | fixed newstyle, no zeroes
        """);
    assertThat(Greeting.bytes().remaining()).isEqualTo(Greeting.BYTES);
  }

  @Test
  void answersToOptions() {
    Hex.expect(
        new OptionReply.Ack().bytes(OptionType.ABORT.code()),
        """
        00 03 e8 89 04 55 65 a9 | magic
        00 00 00 02             | ABORT
        00 00 00 01             | ACK
        00 00 00 00             | no data
        """);
    Hex.expect(
        new OptionReply.Server("vm1", "disk").bytes(OptionType.LIST.code()),
        """
        00 03 e8 89 04 55 65 a9 | magic
        00 00 00 03             | LIST
        00 00 00 02             | SERVER
        00 00 00 0b             | 11 bytes
        00 00 00 03 76 6d 31    | vm1
        64 69 73 6b             | disk
        """);
    Hex.expect(
        new OptionReply.MetaContext(7, "base:allocation").bytes(OptionType.SET_META_CONTEXT.code()),
        """
        00 03 e8 89 04 55 65 a9 | magic
        00 00 00 0a             | SET_META_CONTEXT
        00 00 00 04             | META_CONTEXT
        00 00 00 13             | 19 bytes
        00 00 00 07             | id
        62 61 73 65 3a 61 6c 6c 6f 63 61 74 69 6f 6e
        """);
    Hex.expect(
        new OptionReply.Refused(OptionError.TLS_REQD, "no").bytes(OptionType.GO.code()),
        """
        00 03 e8 89 04 55 65 a9 | magic
        00 00 00 07             | GO
        80 00 00 05             | ERR_TLS_REQD
        00 00 00 02 6e 6f       | no
        """);
  }

  @Test
  void informationAboutAnExport() {
    int flags =
        TransmissionFlag.bits(Set.of(TransmissionFlag.HAS_FLAGS, TransmissionFlag.CAN_MULTI_CONN));
    Hex.expect(
        new OptionReply.InfoExport(4L << 30, flags).bytes(OptionType.GO.code()),
        """
        00 03 e8 89 04 55 65 a9 | magic
        00 00 00 07             | GO
        00 00 00 03             | INFO
        00 00 00 0c             | 12 bytes
        00 00                   | NBD_INFO_EXPORT
        00 00 00 01 00 00 00 00 | 4 GiB
        01 01                   | has flags, multi-conn
        """);
    Hex.expect(
        new OptionReply.InfoName("a").bytes(OptionType.INFO.code()),
        """
        00 03 e8 89 04 55 65 a9 | magic
        00 00 00 06             | INFO
        00 00 00 03             | INFO
        00 00 00 03 00 01 61    | NBD_INFO_NAME, a
        """);
    Hex.expect(
        new OptionReply.InfoDescription("b").bytes(OptionType.INFO.code()),
        """
        00 03 e8 89 04 55 65 a9 | magic
        00 00 00 06             | INFO
        00 00 00 03             | INFO
        00 00 00 03 00 02 62    | NBD_INFO_DESCRIPTION, b
        """);
    Hex.expect(
        new OptionReply.InfoBlockSize(new BlockSizes(512, 4096, 32 << 20))
            .bytes(OptionType.INFO.code()),
        """
        00 03 e8 89 04 55 65 a9 | magic
        00 00 00 06             | INFO
        00 00 00 03             | INFO
        00 00 00 0e             | 14 bytes
        00 03                   | NBD_INFO_BLOCK_SIZE
        00 00 02 00 00 00 10 00 | minimum, preferred
        02 00 00 00             | maximum
        """);
  }

  @Test
  void answerToExportName() {
    ExportNameReply reply = new ExportNameReply(0x1122334455667788L, 0x0025, false);
    String start =
        """
        11 22 33 44 55 66 77 88 | size
        00 25                   | has flags, flush, trim
        """;
    Hex.expect(reply.bytes(), start);
    Hex.expect(
        new ExportNameReply(0x1122334455667788L, 0x0025, true).bytes(), start + "00".repeat(124));
  }

  @Test
  void optionsWithoutData() {
    expectOption(1, "", new Option.ExportName(""));
    expectOption(2, "", new Option.Abort());
    expectOption(2, "62 79 65", new Option.Abort());
    expectOption(3, "", new Option.ListExports());
    expectOption(5, "", new Option.StartTls());
    expectOption(8, "", new Option.StructuredReply());
    expectOption(3, "00", new Option.Malformed(3, "this option has no data"));
    expectOption(4, "", new Option.Unknown(4));
    expectOption(11, "", new Option.Unknown(11));
    expectOption(0xffffffff, "00 01", new Option.Unknown(-1));
  }

  @Test
  void optionsAboutAnExport() {
    expectOption(1, "76 6d 31", new Option.ExportName("vm1"));
    expectOption(
        7,
        """
        00 00 00 03 76 6d 31 | vm1
        00 02                | asks two things
        00 03                | block sizes
        00 63                | something that will be invented
        """,
        new Option.Go("vm1", Set.of(InfoType.BLOCK_SIZE)));
    expectOption(6, "00 00 00 00 00 00", new Option.Info("", Set.of()));
    String early = "the data end too early";
    expectOption(7, "00 00 00 03 76 6d", new Option.Malformed(7, early));
    expectOption(7, "00 00 00 01 76 00 01", new Option.Malformed(7, early));
    expectOption(7, "ff ff ff ff", new Option.Malformed(7, "a string is longer than 4096 bytes"));
    expectOption(6, "00 00 00 00 00 00 01", new Option.Malformed(6, "1 bytes too many"));
    expectOption(1, "c3 28", new Option.Malformed(1, "a string is not UTF-8"));
    expectOption(1, "61 00", new Option.Malformed(1, "a string has a NUL in it"));
  }

  @Test
  void optionsAboutMetaContexts() {
    expectOption(
        10,
        """
        00 00 00 01 61             | export a
        00 00 00 02                | two queries
        00 00 00 05 62 61 73 65 3a | base:
        00 00 00 02 78 3a          | x:
        """,
        new Option.SetMetaContext("a", List.of("base:", "x:")));
    expectOption(9, "00 00 00 00 00 00 00 00", new Option.ListMetaContext("", List.of()));
    expectOption(
        9,
        "00 00 00 00 ff ff ff ff",
        new Option.Malformed(9, "more than 256 queries in one option"));
    expectOption(9, "00 00 00 00 00 00 00 01", new Option.Malformed(9, "the data end too early"));
  }

  @Test
  void dataThatAreTooLongArePassedOver() {
    String zeroes = "00".repeat(WireLimits.OPTION_BYTES_MAX + 1);
    expectOption(7, zeroes, new Option.TooLong(7));
    Recorder recorder = new Recorder();
    HandshakeDecoder decoder = new HandshakeDecoder(recorder);
    decoder.feed(Hex.bytes(CLIENT_FLAGS + "49484156454f5054 00000003 00100001" + "00".repeat(64)));
    assertThat(recorder.heard).containsExactly(3, HandshakeFault.OPTION_TOO_LONG);
  }

  @Test
  void whatIsNoOptionEndsTheStream() {
    Recorder recorder = new Recorder();
    HandshakeDecoder decoder = new HandshakeDecoder(recorder);
    decoder.feed(Hex.bytes(CLIENT_FLAGS + "49484156454f5055 00000003 00000000".repeat(2)));
    assertThat(recorder.heard).containsExactly(3, HandshakeFault.NO_OPTION_MAGIC);
  }

  @Test
  void aPauseLeavesTheRest() {
    Recorder recorder = new Recorder();
    recorder.goOn = false;
    HandshakeDecoder decoder = new HandshakeDecoder(recorder);
    ByteBuffer bytes = Hex.bytes(CLIENT_FLAGS + "49484156454f5054 00000003 00000000 ff");
    decoder.feed(bytes);
    assertThat(bytes.remaining()).isEqualTo(17);
    decoder.feed(bytes);
    assertThat(bytes.remaining()).isEqualTo(1);
    assertThat(recorder.heard).containsExactly(3, new Option.ListExports());
  }

  private static void expectOption(int code, String data, Option wanted) {
    int length = Hex.bytes(data).remaining();
    String header = "49484156454f5054 %08x %08x".formatted(code, length);
    ByteBuffer all = Hex.bytes(CLIENT_FLAGS + header + data);
    for (int piece : new int[] {all.capacity(), 1}) {
      Recorder recorder = new Recorder();
      HandshakeDecoder decoder = new HandshakeDecoder(recorder);
      for (int at = 0; at < all.capacity(); at += piece) {
        decoder.feed(all.slice(at, Math.min(piece, all.capacity() - at)));
      }
      assertThat(recorder.heard).containsExactly(3, wanted);
      assertThat(wanted.code()).isEqualTo(code);
    }
  }

  /// What a decoder tells.
  private static final class Recorder implements HandshakeSink {
    private final List<Object> heard = new ArrayList<>();
    private boolean goOn = true;

    @Override
    public boolean clientFlags(int flags) {
      heard.add(flags);
      return goOn;
    }

    @Override
    public boolean option(Option option) {
      heard.add(option);
      return goOn;
    }

    @Override
    public void broken(HandshakeFault fault) {
      heard.add(fault);
    }
  }
}
