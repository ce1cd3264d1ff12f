package io.lockstep.nbd.wire;

/// What a client may send at most; beyond it an option is refused, or the connection ends.
public final class WireLimits {
  /// An export name, a description, a query (proto.md, "Conventions").
  public static final int STRING_BYTES_MAX = 4096;

  /// The data of one option.
  public static final int OPTION_BYTES_MAX = 16 << 10;

  /// The data of an option that is passed over and refused; a longer one ends the connection.
  public static final int SKIPPED_OPTION_BYTES_MAX = 1 << 20;

  /// Queries of one option that are about meta contexts.
  public static final int QUERIES_MAX = 256;

  /// The payload of a WRITE, the data of a READ: what a client may count on that asks for no block
  /// sizes (proto.md, "Block size constraints").
  public static final int PAYLOAD_BYTES_MAX = 32 << 20;

  /// The payload of a WRITE that is passed over and refused; a longer one ends the connection.
  public static final int SKIPPED_PAYLOAD_BYTES_MAX = 2 * PAYLOAD_BYTES_MAX;

  /// A sentence for people, in an answer to an option or a request.
  public static final int MESSAGE_BYTES_MAX = 512;

  private WireLimits() {}
}
