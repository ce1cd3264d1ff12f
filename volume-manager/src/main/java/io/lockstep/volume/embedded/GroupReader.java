package io.lockstep.volume.embedded;

import io.lockstep.volume.PhysicalVolume;
import io.lockstep.volume.Segment;
import io.lockstep.volume.Segment.Stripe;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.embedded.ConfigNode.Section;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads a metadata text into the model: all that is there is checked, what contradicts itself is
/// damage. What this engine does not master keeps it from changing the group, with the reason, and
/// from what it concerns, and from nothing else:
///
/// - a volume with a segment of a kind that is not mapped is not served, nor is one that such a
///   segment names: it is a part of the other (a thin pool's data, a snapshot's changes);
/// - snapshots are read where they are understood ([SnapshotReader]); else the origin holds its own
///   data, but a write would be missing in the snapshot, so it may be read only, as may a volume
///   with a flag that we do not know;
/// - a group that is somebody else's now (exported, shared by a cluster) may be read only.
final class GroupReader {
  private static final Set<String> GROUP_FLAGS =
      Set.of("RESIZEABLE", "READ", "WRITE", "WRITE_LOCKED", "NOAUTOACTIVATE");
  private static final Set<String> VOLUME_FLAGS =
      Set.of(
          "READ",
          "WRITE",
          "WRITE_LOCKED",
          "VISIBLE",
          "FIXED_MINOR",
          "ACTIVATION_SKIP",
          "NOAUTOACTIVATE");

  /// What a segment calls a volume of which it shows an older state.
  private static final Set<String> ORIGINS = Set.of("origin", "external_origin");

  private static final long EXTENTS_MAX = VolumeGroup.EXTENT_COUNT_MAX;
  private static final long SECTORS_MAX = Long.MAX_VALUE / GroupText.LVM_SECTOR_BYTES;
  private static final int STRIPES_MAX = 1 << 10;

  private final Map<String, String> uuidsOfNames = new HashMap<>();
  private final Set<String> volumeNames = new HashSet<>();
  private final Map<String, String> readOnly = new HashMap<>();
  private final Map<String, String> notServed = new HashMap<>();
  private final Set<String> writeProtected = new HashSet<>();
  private final Map<String, Section> snapshotSegments = new LinkedHashMap<>();
  private Optional<String> changes = Optional.empty();
  private Optional<String> writes = Optional.empty();

  private GroupReader() {}

  /// @param where what the text is and where it lies
  /// @param physicalVolume uuid of the PV that it was read from
  static GroupText read(String where, Section root, String physicalVolume) throws DamagedException {
    return new GroupReader().readRoot(new SectionReader(where, root), physicalVolume);
  }

  private GroupText readRoot(SectionReader root, String physicalVolume) throws DamagedException {
    if (!root.text("contents").equals(GroupText.CONTENTS)) {
      throw root.fault("contents", "is not \"" + GroupText.CONTENTS + "\"");
    }
    root.number("version", GroupText.VERSION, GroupText.VERSION);
    if (root.section().sections().size() != 1) {
      throw new DamagedException(
          root.where(), "it holds " + root.section().sections().size() + " groups, not 1");
    }
    SectionReader in = root.child(root.section().sections().getFirst());
    if (!in.textOr("format", "lvm2").equals("lvm2")) {
      throw in.fault("format", "is not \"lvm2\"");
    }
    readGroupFlags(in);
    VolumeGroup group =
        new VolumeGroup(
            in.section().name(),
            in.uuid("id"),
            in.number("seqno", 0, 0xffff_ffffL),
            in.number("extent_size", 1, GroupText.EXTENT_SECTORS_MAX) * GroupText.LVM_SECTOR_BYTES,
            physicalVolumes(in, physicalVolume),
            List.of());
    group = withVolumes(group, in);
    Optional<String> fault = group.fault();
    if (fault.isPresent()) {
      throw new DamagedException(in.where(), fault.get());
    }
    checkOurs(group, in, physicalVolume);
    var limits =
        new GroupText.Limits(changes, writes, byUuid(group, readOnly), byUuid(group, notServed));
    return new GroupText(root.section(), group, in.textOr("system_id", ""), limits);
  }

  private void readGroupFlags(SectionReader in) throws DamagedException {
    List<String> flags = in.texts("status");
    flags.addAll(in.texts("flags"));
    if (flags.contains("EXPORTED")) {
      noWrites("it was exported (vgexport)");
    }
    if (flags.contains("CLUSTERED") || !in.textOr("lock_type", "none").equals("none")) {
      noWrites("it is shared by a cluster");
    }
    if (!flags.contains("WRITE") && !flags.contains("WRITE_LOCKED")) {
      noChanges("its metadata is write-protected");
    }
    if (in.has("max_lv") && in.number("max_lv", 0, EXTENTS_MAX) > 0) {
      noChanges("it limits its number of volumes (max_lv)");
    }
    flags.stream()
        .filter(flag -> !GROUP_FLAGS.contains(flag))
        .forEach(flag -> noWrites("it has the flag " + flag));
  }

  private List<PhysicalVolume> physicalVolumes(SectionReader in, String here)
      throws DamagedException {
    List<PhysicalVolume> volumes = new ArrayList<>();
    SectionReader parent = in.child("physical_volumes");
    for (Section section : parent.section().sections()) {
      SectionReader pv = parent.child(section);
      List<String> flags = pv.texts("status");
      flags.addAll(pv.texts("flags"));
      String uuid = pv.uuid("id");
      if (flags.contains("MISSING")) {
        String why = "its physical volume " + section.name() + " is marked as missing";
        if (uuid.equals(here)) {
          noWrites(why);
        } else {
          noChanges(why);
        }
      }
      uuidsOfNames.put(section.name(), uuid);
      volumes.add(
          new PhysicalVolume(
              uuid,
              pv.number("pe_start", 0, SECTORS_MAX) * GroupText.LVM_SECTOR_BYTES,
              pv.number("pe_count", 0, EXTENTS_MAX),
              flags.contains("ALLOCATABLE")));
    }
    return volumes;
  }

  private VolumeGroup withVolumes(VolumeGroup group, SectionReader in) throws DamagedException {
    List<Volume> volumes = new ArrayList<>();
    if (in.section().section("logical_volumes").isPresent()) {
      SectionReader parent = in.child("logical_volumes");
      parent.section().sections().forEach(section -> volumeNames.add(section.name()));
      for (Section section : parent.section().sections()) {
        volumes.add(volume(parent.child(section), group.extentSizeBytes()));
      }
    }
    return withSnapshots(
        new VolumeGroup(
            group.name(),
            group.uuid(),
            group.sequenceNumber(),
            group.extentSizeBytes(),
            group.physicalVolumes(),
            volumes));
  }

  private VolumeGroup withSnapshots(VolumeGroup group) {
    var snapshots = new SnapshotReader(group, snapshotSegments, writeProtected);
    VolumeGroup known = snapshots.read();
    for (Volume volume : known.volumes()) {
      if (volume.access() == Volume.Access.READ_ONLY) {
        readOnly.put(volume.name(), "it is read-only (lvchange --permission r)");
      }
    }
    snapshotSegments.forEach(
        (volume, segment) -> {
          if (!snapshots.understood(volume)) {
            notMapped(segment, volume, Segment.SNAPSHOT);
          }
        });
    return known;
  }

  private Volume volume(SectionReader in, long extentSizeBytes) throws DamagedException {
    String name = in.section().name();
    List<String> flags = in.texts("status");
    flags.addAll(in.texts("flags"));
    flags.stream()
        .filter(flag -> !VOLUME_FLAGS.contains(flag))
        .forEach(
            flag -> {
              noChanges("its volume " + name + " has the flag " + flag);
              readOnly.putIfAbsent(name, "it has the flag " + flag);
            });
    long count = in.number("segment_count", 1, EXTENTS_MAX);
    if (in.section().sections().size() != count) {
      throw in.fault("segment_count", "is not the number of its segments");
    }
    List<Segment> segments = new ArrayList<>();
    long extents = 0;
    for (int number = 1; number <= count; number++) {
      Segment segment = segment(in.child("segment" + number), name);
      segments.add(segment);
      extents += segment.extentCount();
    }
    if (extents > Long.MAX_VALUE / extentSizeBytes) {
      throw new DamagedException(in.where(), "it is larger than any disk");
    }
    if (!isWritable(flags)) {
      writeProtected.add(name);
    }
    return new Volume(name, in.uuid("id"), extents * extentSizeBytes, access(flags), segments);
  }

  private static Map<String, String> byUuid(VolumeGroup group, Map<String, String> byName) {
    var reasons = new HashMap<String, String>();
    byName.forEach(
        (name, why) -> group.volume(name).ifPresent(volume -> reasons.put(volume.uuid(), why)));
    return reasons;
  }

  private static Volume.Access access(List<String> flags) {
    if (!flags.contains("VISIBLE")) {
      return Volume.Access.INTERNAL;
    }
    return isWritable(flags) ? Volume.Access.READ_WRITE : Volume.Access.READ_ONLY;
  }

  private static boolean isWritable(List<String> flags) {
    return flags.contains("WRITE") || flags.contains("WRITE_LOCKED");
  }

  private Segment segment(SectionReader in, String volume) throws DamagedException {
    long start = in.number("start_extent", 0, EXTENTS_MAX);
    long count = in.number("extent_count", 1, EXTENTS_MAX);
    String type = in.text("type");
    if (!type.equals(Segment.STRIPED)) {
      boolean first = snapshotSegments.get(volume) == null;
      if (type.equals(Segment.SNAPSHOT) && first) {
        snapshotSegments.put(volume, in.section());
      } else {
        notMapped(in.section(), volume, type);
      }
      return new Segment(start, count, type, 0, List.of());
    }
    int stripeCount = (int) in.number("stripe_count", 1, STRIPES_MAX);
    long stripeSizeBytes = 0;
    if (stripeCount > 1) {
      stripeSizeBytes = in.number("stripe_size", 1, EXTENTS_MAX) * GroupText.LVM_SECTOR_BYTES;
    }
    if (count % stripeCount != 0) {
      throw in.fault("extent_count", "is no multiple of its stripes");
    }
    if (liesOnVolume(in, volume)) {
      return new Segment(start, count, type, 0, List.of());
    }
    return new Segment(start, count, type, stripeSizeBytes, stripes(in, stripeCount));
  }

  private void notMapped(Section segment, String volume, String type) {
    noChanges("its volume " + volume + " has a segment of type " + type);
    notServed.putIfAbsent(volume, "it has a segment of type " + type);
    noteParts(segment, volume);
  }

  /// A volume that is being moved lies on another one (pvmove) until that is done.
  private boolean liesOnVolume(SectionReader in, String volume) throws DamagedException {
    for (ConfigValue value : in.array("stripes")) {
      if (value instanceof ConfigValue.Text(String name)
          && !uuidsOfNames.containsKey(name)
          && volumeNames.contains(name)) {
        noChanges("its volume " + volume + " lies on its volume " + name);
        notServed.putIfAbsent(volume, "it lies on volume " + name);
        notServed.putIfAbsent(name, "it is a part of volume " + volume);
        return true;
      }
    }
    return false;
  }

  /// The volumes that a segment of a kind that is not mapped names, whatever it calls them.
  private void noteParts(Section segment, String volume) {
    for (ConfigNode node : segment.nodes()) {
      switch (node) {
        case Section section -> noteParts(section, volume);
        case ConfigNode.Assignment(String key, ConfigValue value) -> notePart(key, value, volume);
      }
    }
  }

  private void notePart(String key, ConfigValue value, String volume) {
    switch (value) {
      case ConfigValue.Text(String name)
          when volumeNames.contains(name) && !name.equals(volume) -> {
        if (ORIGINS.contains(key)) {
          readOnly.putIfAbsent(name, "volume " + volume + " is a snapshot of it");
        } else {
          notServed.putIfAbsent(name, "it is a part of volume " + volume);
        }
      }
      case ConfigValue.Array(var values) -> values.forEach(one -> notePart(key, one, volume));
      case ConfigValue.Text _, ConfigValue.Whole _, ConfigValue.Decimal _ -> {}
    }
  }

  private List<Stripe> stripes(SectionReader in, int count) throws DamagedException {
    List<ConfigValue> values = in.array("stripes");
    if (values.size() != 2 * count) {
      throw in.fault("stripes", "does not name " + count + " stripes");
    }
    List<Stripe> stripes = new ArrayList<>();
    for (int index = 0; index < values.size(); index += 2) {
      if (!(values.get(index) instanceof ConfigValue.Text(String name))
          || !(values.get(index + 1) instanceof ConfigValue.Whole(long start))) {
        throw in.fault("stripes", "is not a list of names and extents");
      }
      String uuid = uuidsOfNames.get(name);
      if (uuid == null || start < 0 || start > EXTENTS_MAX) {
        throw in.fault("stripes", "names extent " + start + " of an unknown physical volume");
      }
      stripes.add(new Stripe(uuid, start));
    }
    return stripes;
  }

  private void checkOurs(VolumeGroup group, SectionReader in, String physicalVolume)
      throws DamagedException {
    if (group.physicalVolume(physicalVolume).isEmpty()) {
      throw new DamagedException(
          in.where(), "the physical volume that holds it is not part of the group");
    }
    if (group.physicalVolumes().size() > 1) {
      int others = group.physicalVolumes().size() - 1;
      noChanges("it has " + others + " more physical volumes, which are not here");
    }
  }

  /// The first reason stays.
  private void noChanges(String why) {
    changes = changes.or(() -> Optional.of(why));
  }

  /// Neither changes of the metadata nor writes to a volume.
  private void noWrites(String why) {
    noChanges(why);
    writes = writes.or(() -> Optional.of(why));
  }
}
