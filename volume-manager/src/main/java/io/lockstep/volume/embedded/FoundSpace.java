package io.lockstep.volume.embedded;

import io.lockstep.block.Refusal;

/// What [SpaceReader] finds on a space.
sealed interface FoundSpace {
  /// Nothing but zeroes in the first MiB, or what a first step of [SpaceFormatter] leaves.
  record Blank() implements FoundSpace {}

  /// A physical volume that belongs to no group.
  record Orphan(PvLabel label, MetadataHeader header) implements FoundSpace {}

  /// A group.
  record Group(PvLabel label, MetadataHeader header, GroupText text) implements FoundSpace {}

  /// Something that is not opened.
  record Refused(Refusal refusal) implements FoundSpace {}

  /// @param why what was found, and where
  /// @param action what a person can do
  static Refused refused(String why, String action) {
    return new Refused(new Refusal("The volume group was not opened", why, action));
  }
}
