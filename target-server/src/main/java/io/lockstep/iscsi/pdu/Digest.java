package io.lockstep.iscsi.pdu;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// The CRC32C of RFC 7143 13.1, sent least significant byte first.
final class Digest {
  static final int BYTES = 4;

  private final CRC32C crc = new CRC32C();

  void reset() {
    crc.reset();
  }

  void update(byte[] bytes, int length) {
    crc.update(bytes, 0, length);
  }

  /// Adds what lies between position and limit, which stay.
  void update(ByteBuffer bytes) {
    int position = bytes.position();
    crc.update(bytes);
    bytes.position(position);
  }

  void updatePadding(int paddingBytes) {
    for (int index = 0; index < paddingBytes; index++) {
      crc.update(0);
    }
  }

  void updateByte(int value) {
    crc.update(value);
  }

  /// The digest as a big-endian buffer reads or writes it.
  int wireValue() {
    return Integer.reverseBytes((int) crc.getValue());
  }
}
