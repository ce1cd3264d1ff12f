package io.lockstep.mirror.wire;

import org.jspecify.annotations.Nullable;

/// The number of each frame on the wire; never change or reuse one.
enum FrameType {
  HELLO(1),
  REPORT_PARAMS(2),
  REFUSE(3),
  BITMAP_CHUNK(4, Payload.BUFFER),
  BITMAP_END(5),

  DATA(16, Payload.BUFFER),
  ZEROES(17),
  WRITE_ACK(18),
  NEG_ACK(19),
  BARRIER(20),
  BARRIER_ACK(21),

  RESYNC_DATA(32, Payload.BUFFER),
  RESYNC_ZEROES(33),
  RESYNC_ACK(34),
  RESYNC_COMMIT(35),
  RESYNC_COMMIT_ACK(36),
  RESYNC_CLEAR(37),
  RESYNC_DONE(38),
  RESYNC_DONE_ACK(39),
  RESYNC_UNREADABLE(40),
  LOST_BLOCKS(41),

  STATE_CHANGE(48),
  HANDOVER(49),
  HANDOVER_ACK(50),
  OUTDATE(51),
  OUTDATE_ACK(52),
  READ_REQUEST(53),
  READ_REPLY(54, Payload.BUFFER),
  READ_REFUSED(55),
  HANDOVER_REFUSED(56),

  PING(64),
  PING_ACK(65),
  GOODBYE(69);

  /// Whether bytes follow the body, and where a reader puts them.
  enum Payload {
    /// Never any.
    NONE,
    /// At least one byte, into a pool buffer.
    BUFFER
  }

  private static final @Nullable FrameType[] BY_CODE = new @Nullable FrameType[256];

  static {
    for (FrameType type : values()) {
      BY_CODE[type.code] = type;
    }
  }

  private final int code;
  private final Payload payload;

  FrameType(int code) {
    this(code, Payload.NONE);
  }

  FrameType(int code, Payload payload) {
    this.code = code;
    this.payload = payload;
  }

  int code() {
    return code;
  }

  Payload payload() {
    return payload;
  }

  /// The type with the number, 0 to 255; null if there is none.
  static @Nullable FrameType fromCode(int code) {
    return BY_CODE[code];
  }
}
