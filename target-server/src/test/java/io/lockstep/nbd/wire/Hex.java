package io.lockstep.nbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/// Bytes as these tests write them: in hex, with what they mean after a `|`.
final class Hex {
  private static final HexFormat FORMAT = HexFormat.of();

  private Hex() {}

  /// The bytes of a text; from `|` to the end of a line is for people.
  static ByteBuffer bytes(String text) {
    String digits = text.replaceAll("\\|[^\n]*", "").replaceAll("\\s", "");
    return ByteBuffer.wrap(FORMAT.parseHex(digits));
  }

  static void expect(ByteBuffer found, String wanted) {
    assertThat(digits(found)).isEqualTo(digits(bytes(wanted)));
  }

  private static String digits(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(bytes.position(), copy);
    return FORMAT.formatHex(copy);
  }
}
