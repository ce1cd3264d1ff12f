package io.lockstep.nbd.wire;

import java.nio.ByteBuffer;

/// The answer to EXPORT_NAME, which has a form of its own (proto.md, "Newstyle negotiation"):
///
/// ```
/// size (8) | transmission flags (2) | 124 zeroes, unless the client does without
/// ```
public record ExportNameReply(long sizeBytes, int transmissionFlags, boolean zeroes) {
  private static final int BYTES = 10;
  private static final int ZEROES = 124;

  public ByteBuffer bytes() {
    int length = zeroes ? BYTES + ZEROES : BYTES;
    return ByteBuffer.allocate(length)
        .putLong(sizeBytes)
        .putShort((short) transmissionFlags)
        .position(length)
        .flip();
  }
}
