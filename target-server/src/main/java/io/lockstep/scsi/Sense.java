package io.lockstep.scsi;

import java.nio.ByteBuffer;

/// Sense data as bytes (SPC-4 4.5): fixed format by default, descriptor format where the control
/// mode page's D_SENSE asks for it.
///
/// ```
/// fixed       0: 70h   2: key   3: INFORMATION (4, VALID in byte 0)   7: 0Ah
///            12: ASC  13: ASCQ 15: SENSE KEY SPECIFIC (3)                    18 bytes
/// descriptor  0: 72h   1: key   2: ASC   3: ASCQ   7: length of what follows
///             00h 0Ah 80h 00h INFORMATION (8)   02h 06h 00h 00h SKS (3) 00h
/// ```
public final class Sense {
  /// Length of fixed format sense data.
  public static final int FIXED_BYTES = 18;

  private static final int DESCRIPTOR_HEADER_BYTES = 8;
  private static final int VALID = 0x80;

  private Sense() {}

  /// The sense data of `condition`.
  public static byte[] encode(ScsiResult.CheckCondition condition, boolean descriptorFormat) {
    return descriptorFormat ? descriptors(condition) : fixed(condition);
  }

  private static byte[] fixed(ScsiResult.CheckCondition condition) {
    var sense = ByteBuffer.allocate(FIXED_BYTES);
    sense.put(0, (byte) 0x70);
    sense.put(2, (byte) condition.key().code());
    sense.put(7, (byte) (FIXED_BYTES - 8));
    sense.put(12, (byte) condition.asc());
    sense.put(13, (byte) condition.ascq());
    switch (condition.detail()) {
      case ScsiResult.Detail.None _ -> {}
      case ScsiResult.Detail.Information(long value) -> {
        if (value >>> 32 == 0) {
          sense.put(0, (byte) (0x70 | VALID));
          sense.putInt(3, (int) value);
        }
      }
      case ScsiResult.Detail.FieldPointer pointer -> putPointer(sense, 15, pointer);
    }
    return sense.array();
  }

  private static byte[] descriptors(ScsiResult.CheckCondition condition) {
    int extra =
        switch (condition.detail()) {
          case ScsiResult.Detail.None _ -> 0;
          case ScsiResult.Detail.Information _ -> 12;
          case ScsiResult.Detail.FieldPointer _ -> 8;
        };
    var sense = ByteBuffer.allocate(DESCRIPTOR_HEADER_BYTES + extra);
    sense.put(0, (byte) 0x72);
    sense.put(1, (byte) condition.key().code());
    sense.put(2, (byte) condition.asc());
    sense.put(3, (byte) condition.ascq());
    sense.put(7, (byte) extra);
    switch (condition.detail()) {
      case ScsiResult.Detail.None _ -> {}
      case ScsiResult.Detail.Information(long value) -> {
        sense.put(8, (byte) 0x00).put(9, (byte) 0x0A).put(10, (byte) VALID);
        sense.putLong(12, value);
      }
      case ScsiResult.Detail.FieldPointer pointer -> {
        sense.put(8, (byte) 0x02).put(9, (byte) 0x06);
        putPointer(sense, 12, pointer);
      }
    }
    return sense.array();
  }

  /// SKSV, C/D, BPV, bit pointer; then the field pointer (SPC-4 4.5.2.4.2).
  private static void putPointer(ByteBuffer sense, int at, ScsiResult.Detail.FieldPointer pointer) {
    int flags = VALID | (pointer.inCdb() ? 0x40 : 0) | (pointer.bit() < 0 ? 0 : 0x08);
    sense.put(at, (byte) (flags | Math.max(pointer.bit(), 0)));
    sense.putShort(at + 1, (short) pointer.byteIndex());
  }
}
