package io.lockstep.nbd.wire;

import java.nio.ByteBuffer;

/// What a server sends without being asked (proto.md, "Newstyle negotiation").
///
/// ```
/// NBDMAGIC (8) | IHAVEOPT (8) | handshake flags (2)
/// ```
public final class Greeting {
  /// How long it is.
  public static final int BYTES = 18;

  private Greeting() {}

  public static ByteBuffer bytes() {
    return ByteBuffer.allocate(BYTES)
        .putLong(Magic.INIT)
        .putLong(Magic.OPTION)
        .putShort((short) HandshakeFlag.all())
        .flip();
  }
}
