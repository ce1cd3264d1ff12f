package io.lockstep.peers;

import org.jspecify.annotations.Nullable;

/// The number of each message, and how long its body may be; a number is never changed or reused.
enum MessageType {
  GREETING(1, PeerLimits.GREETING_BYTES_MAX),
  REFUSE(2, PeerLimits.GREETING_BYTES_MAX),
  BEAT(3, Long.BYTES),
  GOODBYE(4, PeerLimits.GREETING_BYTES_MAX),
  REQUEST(16, Long.BYTES + PeerLimits.REQUEST_BYTES_MAX),
  REPLY(17, Long.BYTES + PeerLimits.REPLY_BYTES_MAX),
  REPORT(18, PeerLimits.REPORT_BYTES_MAX);

  private final int code;
  private final int bytesMax;

  MessageType(int code, int bytesMax) {
    this.code = code;
    this.bytesMax = bytesMax;
  }

  int code() {
    return code;
  }

  /// The longest body.
  int bytesMax() {
    return bytesMax;
  }

  static @Nullable MessageType fromCode(int code) {
    for (MessageType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    return null;
  }
}
