package io.lockstep.nbd.wire;

import org.jspecify.annotations.Nullable;

/// What a client can ask of an export with INFO and GO (proto.md, `NBD_REP_INFO`).
public enum InfoType {
  EXPORT(0),
  NAME(1),
  DESCRIPTION(2),
  BLOCK_SIZE(3);

  private final int code;

  InfoType(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /// Null for one that is not known: it is passed over.
  static @Nullable InfoType of(int code) {
    for (InfoType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    return null;
  }
}
