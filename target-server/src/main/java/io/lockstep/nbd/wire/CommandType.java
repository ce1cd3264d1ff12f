package io.lockstep.nbd.wire;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The commands (proto.md, "Request types"), and which flags each may carry. FUA is taken with all
/// of them, as the document asks.
public enum CommandType {
  READ(0, CommandFlag.DF),
  WRITE(1),
  DISC(2),
  FLUSH(3),
  TRIM(4),
  CACHE(5),
  WRITE_ZEROES(6, CommandFlag.NO_HOLE, CommandFlag.FAST_ZERO),
  BLOCK_STATUS(7, CommandFlag.REQ_ONE);

  private static final CommandType[] BY_CODE = values();

  private final int code;
  private final int flags;

  CommandType(int code, CommandFlag... own) {
    this.code = code;
    int bits = CommandFlag.FUA.mask();
    for (CommandFlag flag : Set.of(own)) {
      bits |= flag.mask();
    }
    this.flags = bits;
  }

  public int code() {
    return code;
  }

  /// Whether it may carry all these flags.
  public boolean takes(int commandFlags) {
    return (commandFlags & ~flags) == 0;
  }

  /// Whether it changes what is stored.
  public boolean changes() {
    return switch (this) {
      case WRITE, TRIM, WRITE_ZEROES -> true;
      case READ, DISC, FLUSH, CACHE, BLOCK_STATUS -> false;
    };
  }

  /// Null for one that is not known.
  static @Nullable CommandType of(int code) {
    return code < BY_CODE.length ? BY_CODE[code] : null;
  }
}
