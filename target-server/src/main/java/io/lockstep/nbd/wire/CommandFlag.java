package io.lockstep.nbd.wire;

/// What a request says beside its command (proto.md, "Command flags").
public enum CommandFlag {
  /// The answer means stable storage.
  FUA(0),
  /// WRITE_ZEROES: keep the space.
  NO_HOLE(1),
  /// READ: the content in one chunk.
  DF(2),
  /// BLOCK_STATUS: one extent of each context is enough.
  REQ_ONE(3),
  /// WRITE_ZEROES: at once, or an error.
  FAST_ZERO(4);

  private final int mask;

  CommandFlag(int bit) {
    this.mask = 1 << bit;
  }

  public int mask() {
    return mask;
  }

  public boolean isIn(int flags) {
    return (flags & mask) != 0;
  }
}
