package io.lockstep.block;

/// What a write promises when it is done (SBC-3 FUA bit; NBD_CMD_FLAG_FUA).
public enum Durability {
  /// Visible to every later read; on stable storage after the next [BlockDevice#flush].
  WRITE_BACK,
  /// On stable storage.
  FUA
}
