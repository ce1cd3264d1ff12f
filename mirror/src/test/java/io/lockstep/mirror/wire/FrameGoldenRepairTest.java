package io.lockstep.mirror.wire;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The bytes of the frames that go round what a disk cannot read, as in [FrameGoldenTest].
@Tag("golden")
class FrameGoldenRepairTest {
  @Test
  void resyncUnreadable() {
    FramePicture.check(
        new Frame.ResyncUnreadable(3, List.of(4096L, 12288L)),
        """
        4C535450 0001 28 00 0000001C 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 A2CF40F6  reserved, CRC32C of payload and head
        0000000000000003 00000002  blocks, two offsets
        0000000000001000 0000000000003000  offsets
        """);
  }

  @Test
  void lostBlocks() {
    FramePicture.check(
        new Frame.LostBlocks(List.of(0x1FFL, 0x201L)),
        """
        4C535450 0001 29 00 00000014 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 E01F7568  reserved, CRC32C of payload and head
        00000002  two blocks
        00000000000001FF 0000000000000201  block 1, all sectors; block 2, the first
        """);
  }

  @Test
  void readRequest() {
    FramePicture.check(
        new Frame.ReadRequest(5, 8192, 4096),
        """
        4C535450 0001 35 00 00000018 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 808F0FDC  reserved, CRC32C of payload and head
        0000000000000005 0000000000002000 0000000000001000  id, offset, length
        """);
  }

  @Test
  void readReply() {
    FramePicture.check(
        new Frame.ReadReply(5, FrameSamples.bytes(512)),
        """
        4C535450 0001 36 00 00000008 00000200 0000000000000005  magic to term
        00000000000000000000000000000000 D704E0F6 FD2A0E42  reserved, CRC32C of payload and head
        0000000000000005  id
        """);
  }

  @Test
  void readRefused() {
    FramePicture.check(
        new Frame.ReadRefused(5, "bad"),
        """
        4C535450 0001 37 00 0000000D 00000000 0000000000000005  magic to term
        00000000000000000000000000000000 00000000 9E8784C8  reserved, CRC32C of payload and head
        0000000000000005 0003 626164  id, "bad"
        """);
  }
}
