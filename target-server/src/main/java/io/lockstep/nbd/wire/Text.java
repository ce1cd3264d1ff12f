package io.lockstep.nbd.wire;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Strings on their way out.
final class Text {
  private Text() {}

  /// The string in UTF-8; what is beyond the limit is cut off, between two characters.
  static byte[] bytes(String text, int bytesMax) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.min(bytesMax, 4 * text.length()));
    StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text), bytes, true);
    return Arrays.copyOf(bytes.array(), bytes.position());
  }
}
