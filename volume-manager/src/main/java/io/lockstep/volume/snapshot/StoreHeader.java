package io.lockstep.volume.snapshot;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The first bytes of a snapshot's store: four 32-bit numbers, least byte first.
///
/// ```
///   0  magic  "SnAp"      4  valid  1, or 0 once the snapshot is lost
///   8  version  1        12  chunk size in sectors of 512 bytes
/// ```
///
/// @param magic [#MAGIC], or 0 in a store that nobody has used yet
/// @param valid whether the store keeps its moment
/// @param version [#VERSION]
/// @param chunkSectors size of a chunk
record StoreHeader(int magic, boolean valid, int version, int chunkSectors) {
  static final int MAGIC = 0x7041_6e53;
  static final int VERSION = 1;
  static final int BYTES = 16;
  private static final int SECTOR_BYTES = 512;

  static StoreHeader of(int chunkBytes, boolean valid) {
    return new StoreHeader(MAGIC, valid, VERSION, chunkBytes / SECTOR_BYTES);
  }

  /// @param bytes at least [#BYTES]
  static StoreHeader decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return new StoreHeader(in.getInt(0), in.getInt(4) != 0, in.getInt(8), in.getInt(12));
  }

  /// Puts the header at the beginning of a block whose other bytes are zero.
  byte[] encode(int blockBytes) {
    ByteBuffer out = ByteBuffer.allocate(blockBytes).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0, magic).putInt(4, valid ? 1 : 0).putInt(8, version).putInt(12, chunkSectors);
    return out.array();
  }

  /// Size of a chunk in bytes, whatever the number says.
  long chunkBytes() {
    return Integer.toUnsignedLong(chunkSectors) * SECTOR_BYTES;
  }
}
