package io.lockstep.mirror.meta;

/// What [SuperblockCodec#decode] found in one 4 KiB copy.
public sealed interface SuperblockDecoded {
  /// An intact superblock that this release understands.
  record Ok(Superblock superblock) implements SuperblockDecoded {}

  /// All zero: nothing was ever written here.
  record Blank() implements SuperblockDecoded {}

  /// Something, but no superblock of ours.
  record Foreign() implements SuperblockDecoded {}

  /// A superblock that cannot be trusted: torn, rotten or unreadable.
  ///
  /// @param reason what is wrong with it
  record Damaged(String reason) implements SuperblockDecoded {}

  /// An intact superblock of a build before the first release.
  ///
  /// @param reason its version
  record TooOld(String reason) implements SuperblockDecoded {}

  /// An intact superblock of a later release.
  ///
  /// @param reason the version or feature that is not known here
  record TooNew(String reason) implements SuperblockDecoded {}
}
