package io.lockstep.iscsi.pdu;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/// Bytes as tests write them.
final class Hex {
  private static final HexFormat FORMAT = HexFormat.of();

  private Hex() {}

  static String of(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(bytes.position(), copy);
    return FORMAT.formatHex(copy);
  }

  static String normal(String golden) {
    return golden.replaceAll("\\s", "");
  }
}
