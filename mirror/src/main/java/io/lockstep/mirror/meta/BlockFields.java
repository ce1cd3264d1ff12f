package io.lockstep.mirror.meta;

import java.nio.ByteBuffer;
import java.util.UUID;

/// Fields of a block on disk that [ByteBuffer] has no methods for.
final class BlockFields {
  private BlockFields() {}

  static void putUuid(ByteBuffer block, int at, UUID uuid) {
    block.putLong(at, uuid.getMostSignificantBits());
    block.putLong(at + Long.BYTES, uuid.getLeastSignificantBits());
  }

  static UUID uuid(ByteBuffer block, int at) {
    return new UUID(block.getLong(at), block.getLong(at + Long.BYTES));
  }

  static boolean isZero(ByteBuffer block, int from, int length) {
    for (int at = from; at < from + length; at++) {
      if (block.get(at) != 0) {
        return false;
      }
    }
    return true;
  }
}
