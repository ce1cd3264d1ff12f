package io.lockstep.mirror.wire;

import static io.lockstep.mirror.wire.FrameSamples.GENERATIONS;
import static io.lockstep.mirror.wire.FrameSamples.bytes;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The bytes of every frame, in hex beside their meaning, checksums worked out by another program.
/// A change here is a new protocol version. Each line is bytes, two spaces, what they mean; the
/// payload follows and is not written out.
@Tag("golden")
class FrameGoldenTest {
  @Test
  void hello() {
    FramePicture.check(
        FrameSamples.hello(),
        """
        4C535450 0001 01 00 0000004B 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 B5CA1DD8  reserved, CRC32C of payload and head
        00000001  lowest version
        00000003  highest version
        00000000000000A5  features
        00112233445566778899AABBCCDDEEFF  pair id
        0F1E2D3C4B5A69788796A5B4C3D2E1F0  mirror id
        01  node id
        0005 6E6F646542  "nodeB"
        0004 6B697465  "kite"
        0004 6D61696E  "main"
        0005 302E312E30  "0.1.0"
        """);
  }

  @Test
  void reportParams() {
    FramePicture.check(
        FrameSamples.reportParams(),
        """
        4C535450 0001 02 00 00000058 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 CA445DC8  reserved, CRC32C of payload and head
        0000000000000011  current generation
        0000000000000012  bitmap generation
        02  two in the history
        0000000000000013  newest
        0000000000000014  older
        0000000000000009  term of the data
        FF  primary: none
        01  Secondary
        05  Inconsistent
        0000000D  wrote, new disk, kept all
        0000000001000000  16 MiB replicated
        0000000000800000  8 MiB of it for the control region
        00000200  logical block 512
        00001000  physical block 4096
        0000000000000021  out of sync blocks
        0000000000000015  consents to give up its changes for generation 0x15
        """);
  }

  @Test
  void refuse() {
    FramePicture.check(
        new Frame.Refuse("no"),
        """
        4C535450 0001 03 00 00000004 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 8B3A35D8  reserved, CRC32C of payload and head
        0002 6E6F  "no"
        """);
  }

  @Test
  void bitmapChunk() {
    FramePicture.check(
        new Frame.BitmapChunk(6, bytes(16)),
        """
        4C535450 0001 04 00 00000008 00000010 0000000000000005  magic to term
        00000000000000000000000000000000 84B3047F 4762D5BF  reserved, CRC32C of payload and head
        0000000000000006  first word
        """);
  }

  @Test
  void bitmapEnd() {
    FramePicture.check(
        new Frame.BitmapEnd(77),
        """
        4C535450 0001 05 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 BC8A14B4  reserved, CRC32C of payload and head
        000000000000004D  set count
        """);
  }

  @Test
  void data() {
    FramePicture.check(
        new Frame.Data(1, 2, 4096, true, bytes(512)),
        """
        4C535450  magic
        0001  version
        10  type
        01  flags
        00000018  body length
        00000200  payload length
        0000000000000005  term
        00000000000000000000000000000000  reserved
        D704E0F6  CRC32C of the payload
        013FDE99  CRC32C of header and body
        0000000000000001  sequence
        0000000000000002  epoch
        0000000000001000  offset
        """);
  }

  @Test
  void zeroes() {
    FramePicture.check(
        new Frame.Zeroes(1, 2, 4096, 1024, true, true),
        """
        4C535450 0001 11 03 00000020 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 4A4C0D85  reserved, CRC32C of payload and head
        0000000000000001  sequence
        0000000000000002  epoch
        0000000000001000  offset
        0000000000000400  length
        """);
  }

  @Test
  void writeAck() {
    FramePicture.check(
        new Frame.WriteAck(7),
        """
        4C535450 0001 12 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 4539B76F  reserved, CRC32C of payload and head
        0000000000000007  sequence
        """);
  }

  @Test
  void negAck() {
    FramePicture.check(
        new Frame.NegAck(7, "EIO"),
        """
        4C535450 0001 13 00 0000000D 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 53364426  reserved, CRC32C of payload and head
        0000000000000007  sequence
        0003 45494F  "EIO"
        """);
  }

  @Test
  void barrier() {
    FramePicture.check(
        new Frame.Barrier(3),
        """
        4C535450 0001 14 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 072E12E5  reserved, CRC32C of payload and head
        0000000000000003  epoch
        """);
  }

  @Test
  void barrierAck() {
    FramePicture.check(
        new Frame.BarrierAck(3),
        """
        4C535450 0001 15 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 473E730B  reserved, CRC32C of payload and head
        0000000000000003  epoch
        """);
  }

  @Test
  void resyncData() {
    FramePicture.check(
        new Frame.ResyncData(8, 8192, bytes(512)),
        """
        4C535450 0001 20 00 00000010 00000200 0000000000000005  magic to term
        00000000000000000000000000000000 D704E0F6 CCF56F9C  reserved, CRC32C of payload and head
        0000000000000008  sequence
        0000000000002000  offset
        """);
  }

  @Test
  void resyncZeroes() {
    FramePicture.check(
        new Frame.ResyncZeroes(8, 8192, 4096),
        """
        4C535450 0001 21 00 00000018 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 AD2A4FEC  reserved, CRC32C of payload and head
        0000000000000008  sequence
        0000000000002000  offset
        0000000000001000  length
        """);
  }

  @Test
  void resyncAck() {
    FramePicture.check(
        new Frame.ResyncAck(8),
        """
        4C535450 0001 22 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 20F2C427  reserved, CRC32C of payload and head
        0000000000000008  sequence
        """);
  }

  @Test
  void resyncCommit() {
    FramePicture.check(
        new Frame.ResyncCommit(4),
        """
        4C535450 0001 23 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 2DA16A19  reserved, CRC32C of payload and head
        0000000000000004  batch
        """);
  }

  @Test
  void resyncCommitAck() {
    FramePicture.check(
        new Frame.ResyncCommitAck(4),
        """
        4C535450 0001 24 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 E83C3962  reserved, CRC32C of payload and head
        0000000000000004  batch
        """);
  }

  @Test
  void resyncClear() {
    FramePicture.check(
        FrameSamples.resyncClear(),
        """
        4C535450 0001 25 00 0000002C 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 25AFCA68  reserved, CRC32C of payload and head
        0000000000000004  batch
        00000002  two ranges
        0000000000000000  offset
        0000000000001000  length
        0000000000002000  offset
        0000000000000200  length
        """);
  }

  @Test
  void resyncDone() {
    FramePicture.check(
        new Frame.ResyncDone(GENERATIONS),
        """
        4C535450 0001 26 00 00000021 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 29FB762C  reserved, CRC32C of payload and head
        0000000000000011  current generation
        0000000000000012  bitmap generation
        02  two in the history
        0000000000000013  newest
        0000000000000014  older
        """);
  }

  @Test
  void resyncDoneAck() {
    FramePicture.check(
        new Frame.ResyncDoneAck(),
        """
        4C535450 0001 27 00 00000000 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 22A83DB6  reserved, CRC32C of payload and head
        """);
  }

  @Test
  void stateChange() {
    FramePicture.check(
        FrameSamples.stateChange(),
        """
        4C535450 0001 30 00 0000002C 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 E29915C7  reserved, CRC32C of payload and head
        02  Primary
        09  UpToDate
        000000000000000A  term
        01  primary: node 1
        0000000000000011  current generation
        0000000000000012  bitmap generation
        02  two in the history
        0000000000000013  newest
        0000000000000014  older
        """);
  }

  @Test
  void handover() {
    FramePicture.check(
        new Frame.Handover(6),
        """
        4C535450 0001 31 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 5A0D1C16  reserved, CRC32C of payload and head
        0000000000000006  new term
        """);
  }

  @Test
  void handoverAck() {
    FramePicture.check(
        new Frame.HandoverAck(6),
        """
        4C535450 0001 32 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 9A3DBE24  reserved, CRC32C of payload and head
        0000000000000006  new term
        """);
  }

  @Test
  void handoverRefused() {
    FramePicture.check(
        new Frame.HandoverRefused(6, "busy"),
        """
        4C535450 0001 38 00 0000000E 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 3A34EA93  reserved, CRC32C of payload and head
        0000000000000006 0004 62757379  refused term, "busy"
        """);
  }

  @Test
  void outdate() {
    FramePicture.check(
        new Frame.Outdate("alone"),
        """
        4C535450 0001 33 00 00000007 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 98C54470  reserved, CRC32C of payload and head
        0005 616C6F6E65  "alone"
        """);
  }

  @Test
  void outdateAck() {
    FramePicture.check(
        new Frame.OutdateAck(),
        """
        4C535450 0001 34 00 00000000 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 C9730412  reserved, CRC32C of payload and head
        """);
  }

  @Test
  void ping() {
    FramePicture.check(
        new Frame.Ping(0x1122334455667788L),
        """
        4C535450 0001 40 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 05D2D01B  reserved, CRC32C of payload and head
        1122334455667788  nonce
        """);
  }

  @Test
  void pingAck() {
    FramePicture.check(
        new Frame.PingAck(0x1122334455667788L),
        """
        4C535450 0001 41 00 00000008 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 45C2B1F5  reserved, CRC32C of payload and head
        1122334455667788  nonce
        """);
  }

  @Test
  void goodbye() {
    FramePicture.check(
        new Frame.Goodbye("bye"),
        """
        4C535450 0001 45 00 00000005 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 6E9FE45B  reserved, CRC32C of payload and head
        0003 627965  "bye"
        """);
  }
}
