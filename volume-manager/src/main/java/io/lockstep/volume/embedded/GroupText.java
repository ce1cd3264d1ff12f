package io.lockstep.volume.embedded;

import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.embedded.ConfigNode.Section;
import java.util.Optional;

/// A group's metadata as read from a PV: the tree of the text, which keeps what we do not know, and
/// the model that we work with. Immutable.
///
/// @param root the whole text
/// @param group what it says about volumes; its invariants hold
/// @param systemId LVM's `system_id` of the group; empty if nobody owns it
/// @param readOnlyReason why this engine does not change the group; empty if it may
record GroupText(
    Section root, VolumeGroup group, String systemId, Optional<String> readOnlyReason) {
  static final String CONTENTS = "Text Format Volume Group";
  static final int VERSION = 1;
  static final int LVM_SECTOR_BYTES = 512;

  /// Largest extent: 16 GiB is LVM's own limit.
  static final long EXTENT_SECTORS_MAX = (16L << 30) / LVM_SECTOR_BYTES;

  /// This text, read-only; the first reason stays.
  GroupText orReadOnly(String reason) {
    return new GroupText(root, group, systemId, readOnlyReason.or(() -> Optional.of(reason)));
  }

  /// The section that is the group.
  static Section groupSection(Section root) {
    return root.sections().getFirst();
  }
}
