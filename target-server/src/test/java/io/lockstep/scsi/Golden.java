package io.lockstep.scsi;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;

/// Bytes as tests write them: hex digits with blanks between, each line's meaning after a `;`.
public final class Golden {
  private static final HexFormat FORMAT = HexFormat.of().withUpperCase();

  private Golden() {}

  /// The bytes of such a text.
  public static byte[] bytes(String text) {
    return FORMAT.parseHex(normal(text));
  }

  /// Its hex digits alone.
  public static String normal(String text) {
    return text.lines()
        .map(line -> line.replaceAll(";.*", "").replaceAll("\\s", ""))
        .collect(Collectors.joining());
  }

  public static String hex(byte[] bytes) {
    return FORMAT.formatHex(bytes);
  }

  /// `count` bytes of one value.
  public static byte[] filled(int count, int value) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
