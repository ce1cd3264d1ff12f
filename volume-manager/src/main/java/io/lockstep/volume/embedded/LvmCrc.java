package io.lockstep.volume.embedded;

/// The checksum of LVM2's label, metadata header and text: CRC-32 with the reversed polynomial
/// 0xEDB88320, LVM's own initial value, and no inversion at the end.
final class LvmCrc {
  private static final int INITIAL = 0xf597a6cf;
  private static final int POLYNOMIAL_REVERSED = 0xedb88320;
  private static final int[] TABLE = table();

  private LvmCrc() {}

  static int of(byte[] bytes, int offset, int length) {
    int crc = INITIAL;
    for (int index = offset; index < offset + length; index++) {
      crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[index]) & 0xff];
    }
    return crc;
  }

  static int of(byte[] bytes) {
    return of(bytes, 0, bytes.length);
  }

  private static int[] table() {
    int[] table = new int[256];
    for (int index = 0; index < table.length; index++) {
      int value = index;
      for (int bit = 0; bit < 8; bit++) {
        value = (value & 1) == 0 ? value >>> 1 : (value >>> 1) ^ POLYNOMIAL_REVERSED;
      }
      table[index] = value;
    }
    return table;
  }
}
