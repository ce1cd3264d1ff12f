package io.lockstep.iscsi.pdu;

import java.util.Arrays;

/// The additional header segments between a header and its digest (RFC 7143 11.2.2), in the buffer
/// of the decoder, each padded to four bytes:
///
/// ```
///  0 | AHSLength (2 bytes; of what follows byte 2) | AHSType | specific...
/// ```
///
/// Type 1 carries the bytes of a CDB after its sixteenth, type 2 the expected length of a
/// bidirectional read. Others are skipped.
public final class AdditionalHeaders {
  private static final int EXTENDED_CDB = 1;
  private static final int BIDIRECTIONAL_READ_LENGTH = 2;
  private static final int FIXED_BYTES = 3;

  private final byte[] bytes;
  private int length;

  AdditionalHeaders(int bytesMax) {
    bytes = new byte[bytesMax];
  }

  byte[] bytes() {
    return bytes;
  }

  void length(int newLength) {
    length = newLength;
  }

  public boolean isEmpty() {
    return length == 0;
  }

  /// Whether the segments fill their room exactly, each with a length it can have.
  boolean isWellFormed() {
    int at = 0;
    while (at < length) {
      int end = end(at);
      if (u16(at) == 0 || end > length) {
        return false;
      }
      if (type(at) == BIDIRECTIONAL_READ_LENGTH && u16(at) != 5) {
        return false;
      }
      at = end;
    }
    return true;
  }

  /// The whole CDB, given its first 16 bytes.
  public byte[] extend(byte[] cdb) {
    int at = find(EXTENDED_CDB);
    if (at < 0) {
      return cdb;
    }
    // AHSLength counts one reserved byte before the CDB's rest.
    int restBytes = u16(at) - 1;
    byte[] whole = Arrays.copyOf(cdb, cdb.length + restBytes);
    System.arraycopy(bytes, at + FIXED_BYTES + 1, whole, cdb.length, restBytes);
    return whole;
  }

  private int find(int type) {
    for (int at = 0; at < length; at = end(at)) {
      if (type(at) == type) {
        return at;
      }
    }
    return -1;
  }

  private int end(int at) {
    return at + ((FIXED_BYTES + u16(at) + 3) & ~3);
  }

  private int type(int at) {
    return bytes[at + 2];
  }

  private int u16(int at) {
    return ((bytes[at] & 0xff) << 8) | (bytes[at + 1] & 0xff);
  }
}
