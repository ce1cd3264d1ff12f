package io.lockstep.volume.embedded;

import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.VolumeMap;
import io.lockstep.volume.embedded.ConfigNode.Section;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A group's metadata as read from a PV: the tree of the text, which keeps what we do not know, and
/// the model that we work with. Immutable.
///
/// @param root the whole text
/// @param group what it says about volumes; its invariants hold
/// @param systemId LVM's `system_id` of the group; empty if nobody owns it
/// @param limits what this engine must leave alone
record GroupText(Section root, VolumeGroup group, String systemId, Limits limits) {
  static final String CONTENTS = "Text Format Volume Group";
  static final int VERSION = 1;
  static final int LVM_SECTOR_BYTES = 512;

  /// Largest extent: 16 GiB is LVM's own limit.
  static final long EXTENT_SECTORS_MAX = (16L << 30) / LVM_SECTOR_BYTES;

  /// What an engine must leave alone, each with a clause that says why. Immutable.
  ///
  /// - The metadata is changed only where all of it is understood.
  /// - A volume's data may be written unless somebody else may be writing it, or somebody else's
  ///   data hang on it.
  ///
  /// @param changes why this engine does not change the group; empty if it may
  /// @param writes why it writes no volume of it; empty if it may
  /// @param readOnly why it does not write a volume, by the volume's UUID
  /// @param notServed why it does not serve a volume at all, by the volume's UUID
  record Limits(
      Optional<String> changes,
      Optional<String> writes,
      Map<String, String> readOnly,
      Map<String, String> notServed) {
    Limits {
      readOnly = Map.copyOf(readOnly);
      notServed = Map.copyOf(notServed);
    }
  }

  /// Why this engine does not change the group; empty if it may.
  Optional<String> readOnlyReason() {
    return limits.changes;
  }

  /// This text, its metadata unchangeable; the first reason stays.
  GroupText withoutChanges(String why) {
    Optional<String> changes = limits.changes.or(() -> Optional.of(why));
    return new GroupText(
        root,
        group,
        systemId,
        new Limits(changes, limits.writes, limits.readOnly, limits.notServed));
  }

  /// This text, neither metadata nor data to be changed; the first reason stays.
  GroupText withoutWrites(String why) {
    Optional<String> writes = limits.writes.or(() -> Optional.of(why));
    return new GroupText(
            root,
            group,
            systemId,
            new Limits(limits.changes, writes, limits.readOnly, limits.notServed))
        .withoutChanges(why);
  }

  /// What is done with the data of a volume.
  ///
  /// @param physicalVolume uuid of the PV that is here
  /// @param blockBytes logical block size of the space
  Serving serving(Volume volume, String physicalVolume, int blockBytes) {
    @Nullable String notServed = limits.notServed.get(volume.uuid());
    if (notServed != null) {
      return new Serving.Not(notServed);
    }
    Optional<VolumeMap> map = map(volume, physicalVolume);
    if (map.isEmpty()) {
      return new Serving.Not("a part of it lies on a physical volume that is not here");
    }
    if (!map.get().isAlignedTo(blockBytes)) {
      return new Serving.Not("its extents do not lie on whole blocks of the disk");
    }
    @Nullable String readOnly = limits.readOnly.get(volume.uuid());
    if (readOnly != null) {
      return new Serving.ReadOnly(readOnly);
    }
    return limits.writes.isPresent()
        ? new Serving.ReadOnly("its group may only be read: " + limits.writes.get())
        : new Serving.ReadWrite();
  }

  /// Where a volume's bytes lie; empty if not all are here.
  Optional<VolumeMap> map(Volume volume, String physicalVolume) {
    return VolumeMap.of(
        volume, group.physicalVolume(physicalVolume).orElseThrow(), group.extentSizeBytes());
  }

  /// The section that is the group.
  static Section groupSection(Section root) {
    return root.sections().getFirst();
  }
}
