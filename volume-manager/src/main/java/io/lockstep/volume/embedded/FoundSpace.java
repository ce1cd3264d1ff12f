package io.lockstep.volume.embedded;

/// What [SpaceReader] finds on a space.
sealed interface FoundSpace {
  /// Nothing but zeroes in the first MiB, or what a first step of [SpaceFormatter] leaves.
  record Blank() implements FoundSpace {}

  /// A physical volume that belongs to no group.
  record Orphan(PvLabel label, MetadataHeader header) implements FoundSpace {}

  /// A group.
  record Group(PvLabel label, MetadataHeader header, GroupText text) implements FoundSpace {}

  /// Something that is not opened.
  record Refused(String what, String action) implements FoundSpace {}
}
