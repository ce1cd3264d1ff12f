package io.lockstep.mirror.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;

/// Holds a frame against the picture of its bytes: hex, two spaces, what they mean; line by line.
/// The payload follows and is not written out.
final class FramePicture {
  private static final long TERM = 5;

  private FramePicture() {}

  static void check(Frame frame, String picture) {
    byte[] expected = withPayload(frame, head(picture));
    assertThat(FrameSamples.encoded(TERM, frame)).asHexString().isEqualTo(hex(expected));

    var received = new ArrayList<Frame>();
    var reader = new FrameReader(new BufferPool(0));
    var result =
        reader.feed(
            ByteBuffer.wrap(expected),
            (term, one) -> {
              assertThat(term).isEqualTo(TERM);
              received.add(one);
            });
    assertThat(result).isEqualTo(new FrameReader.Result.Good());
    assertThat(received).hasSize(1);
    assertThat(received.getFirst()).hasSameClassAs(frame);
    assertThat(FrameSamples.encoded(TERM, received.getFirst())).isEqualTo(expected);
  }

  private static byte[] head(String picture) {
    var digits = new StringBuilder();
    picture.lines().forEach(line -> digits.append(line.substring(0, line.indexOf("  "))));
    return HexFormat.of().parseHex(digits.toString().replace(" ", ""));
  }

  private static byte[] withPayload(Frame frame, byte[] head) {
    ByteBuffer payload = FrameWriter.payload(frame);
    if (payload == null) {
      return head;
    }
    return ByteBuffer.allocate(head.length + payload.remaining())
        .put(head)
        .put(payload.duplicate())
        .array();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().withUpperCase().formatHex(bytes);
  }
}
