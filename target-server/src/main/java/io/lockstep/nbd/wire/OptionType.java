package io.lockstep.nbd.wire;

import org.jspecify.annotations.Nullable;

/// The options that this server knows (proto.md, "Option types"). PEEK_EXPORT (4) was withdrawn;
/// EXTENDED_HEADERS (11) is answered as every unknown one, and a client then does without.
public enum OptionType {
  EXPORT_NAME(1),
  ABORT(2),
  LIST(3),
  STARTTLS(5),
  INFO(6),
  GO(7),
  STRUCTURED_REPLY(8),
  LIST_META_CONTEXT(9),
  SET_META_CONTEXT(10);

  private final int code;

  OptionType(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  static @Nullable OptionType of(int code) {
    for (OptionType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    return null;
  }
}
