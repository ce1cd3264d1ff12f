package io.lockstep.node;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The metadata text of a volume group in the first bytes of its PV: read, and put back changed
/// with its checksums made right, as lvm2 on another machine would (lvm2, format_text/layout.h).
public final class LvmText {
  /// What of a PV has to be given.
  public static final int PV_BYTES = 1 << 20;

  private static final int AREA = 4096;
  private static final int AREA_BYTES = PV_BYTES - AREA;
  private static final int HEADER_BYTES = 512;
  private static final int AT_LOCATION = 40;
  private static final int INITIAL_CRC = 0xf597a6cf;
  private static final int POLYNOMIAL = 0xedb88320;

  private LvmText() {}

  public static String of(byte[] pv) {
    ByteBuffer header = ByteBuffer.wrap(pv, AREA, HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    int offset = (int) header.getLong(AREA + AT_LOCATION);
    int size = (int) header.getLong(AREA + AT_LOCATION + 8);
    var text = new byte[size];
    for (int at = 0; at < size; at++) {
      int byteAt = offset + at;
      text[at] = pv[AREA + (byteAt < AREA_BYTES ? byteAt : byteAt - AREA_BYTES + HEADER_BYTES)];
    }
    return new String(text, ISO_8859_1);
  }

  /// Makes `text` the group's, at the beginning of the ring.
  public static void put(byte[] pv, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    assertThat(bytes.length).isLessThan(AREA_BYTES - HEADER_BYTES);
    System.arraycopy(bytes, 0, pv, AREA + HEADER_BYTES, bytes.length);
    ByteBuffer header = ByteBuffer.wrap(pv).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(AREA + AT_LOCATION, HEADER_BYTES);
    header.putLong(AREA + AT_LOCATION + 8, bytes.length);
    header.putInt(AREA + AT_LOCATION + 16, crc(bytes, 0, bytes.length));
    header.putInt(AREA, crc(pv, AREA + 4, AREA + HEADER_BYTES));
  }

  private static int crc(byte[] bytes, int from, int end) {
    int crc = INITIAL_CRC;
    for (int at = from; at < end; at++) {
      crc ^= bytes[at] & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : POLYNOMIAL);
      }
    }
    return crc;
  }
}
