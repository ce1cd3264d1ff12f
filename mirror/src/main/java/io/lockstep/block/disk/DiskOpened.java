package io.lockstep.block.disk;

/// How opening a local disk ended.
public sealed interface DiskOpened {
  /// The disk is ours alone until it is closed.
  record Ready(LocalDisk disk) implements DiskOpened {}

  /// Nothing was opened or changed.
  ///
  /// @param sentence what, why, and what to do
  record Refused(String sentence) implements DiskOpened {}
}
