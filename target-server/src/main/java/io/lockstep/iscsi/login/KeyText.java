package io.lockstep.iscsi.login;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Text in a data segment: `key=value` pairs, each ended by a zero byte (RFC 7143 6.1).
public final class KeyText {
  /// Longest key (RFC 7143 6.1).
  static final int KEY_BYTES_MAX = 63;

  /// Most pairs in one exchange; so many answers fit one login response of 8 KiB.
  static final int PAIRS_MAX = 64;

  /// A key as it stood there, known or not, and its value.
  public record Pair(String key, String value) {}

  private KeyText() {}

  /// The pairs, in order; empty if the text is malformed or beyond a limit.
  public static Optional<List<Pair>> parse(ByteBuffer data) {
    List<Pair> pairs = new ArrayList<>();
    String text = StandardCharsets.UTF_8.decode(data.duplicate()).toString();
    for (String piece : text.split("\0", -1)) {
      if (piece.isEmpty()) {
        continue;
      }
      int equals = piece.indexOf('=');
      if (equals < 1 || equals > KEY_BYTES_MAX || pairs.size() == PAIRS_MAX) {
        return Optional.empty();
      }
      pairs.add(new Pair(piece.substring(0, equals), piece.substring(equals + 1)));
    }
    return Optional.of(pairs);
  }

  /// Adds `key=value` and the zero byte.
  public static void append(StringBuilder text, String key, String value) {
    text.append(key).append('=').append(value).append('\0');
  }

  /// The bytes of a text.
  public static ByteBuffer bytes(CharSequence text) {
    return StandardCharsets.UTF_8.encode(text.toString());
  }
}
