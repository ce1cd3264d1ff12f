package io.lockstep.nbd.wire;

/// The chunks of a structured reply (proto.md, "Structured reply types"); errors have bit 15 set.
enum ChunkType {
  NONE(0),
  OFFSET_DATA(1),
  OFFSET_HOLE(2),
  BLOCK_STATUS(5),
  ERROR(1 << 15 | 1),
  ERROR_OFFSET(1 << 15 | 2);

  private final int code;

  ChunkType(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
