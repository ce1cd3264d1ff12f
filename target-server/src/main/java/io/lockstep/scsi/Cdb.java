package io.lockstep.scsi;

/// Reading big-endian fields of a CDB or a parameter list.
public final class Cdb {
  private Cdb() {}

  public static int u8(byte[] bytes, int at) {
    return bytes[at] & 0xFF;
  }

  public static int u16(byte[] bytes, int at) {
    return u8(bytes, at) << 8 | u8(bytes, at + 1);
  }

  public static int u24(byte[] bytes, int at) {
    return u8(bytes, at) << 16 | u16(bytes, at + 1);
  }

  public static long u32(byte[] bytes, int at) {
    return (long) u16(bytes, at) << 16 | u16(bytes, at + 2);
  }

  /// Eight bytes; negative where the top bit is set, which no valid LBA has.
  public static long u64(byte[] bytes, int at) {
    return u32(bytes, at) << 32 | u32(bytes, at + 4);
  }

  public static boolean bit(byte[] bytes, int at, int bit) {
    return (bytes[at] >> bit & 1) != 0;
  }
}
