package io.lockstep.nbd.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The header of a request (proto.md, "Request message"), as it came; used again for the next one.
///
/// ```
/// magic (4) | command flags (2) | type (2) | cookie (8) | offset (8) | length (4) | WRITE: data
/// ```
public final class Request {
  /// How long it is.
  public static final int BYTES = 28;

  private static final int FLAGS_AT = 4;
  private static final int TYPE_AT = 6;
  private static final int COOKIE_AT = 8;
  private static final int OFFSET_AT = 16;
  private static final int LENGTH_AT = 24;

  private final ByteBuffer bytes = ByteBuffer.allocate(BYTES);

  /// Where the decoder gathers it.
  ByteBuffer bytes() {
    return bytes;
  }

  boolean hasMagic() {
    return bytes.getInt(0) == Magic.REQUEST;
  }

  public int flags() {
    return bytes.getShort(FLAGS_AT) & 0xffff;
  }

  /// Null for one that is not known.
  public @Nullable CommandType type() {
    return CommandType.of(bytes.getShort(TYPE_AT) & 0xffff);
  }

  /// What the answer repeats.
  public long cookie() {
    return bytes.getLong(COOKIE_AT);
  }

  /// The first byte; negative if it is beyond 2^63, where no export reaches.
  public long offset() {
    return bytes.getLong(OFFSET_AT);
  }

  /// Bytes, 0 to 2^32 - 1.
  public long length() {
    return bytes.getInt(LENGTH_AT) & 0xffff_ffffL;
  }

  /// Bytes that follow the header.
  public long payloadBytes() {
    return type() == CommandType.WRITE ? length() : 0;
  }
}
