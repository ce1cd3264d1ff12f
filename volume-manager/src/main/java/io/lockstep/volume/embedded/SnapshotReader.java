package io.lockstep.volume.embedded;

import io.lockstep.volume.Segment;
import io.lockstep.volume.SnapshotOf;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.embedded.ConfigNode.Section;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds the snapshots among the volumes of a group, which LVM writes as segments of type
/// `snapshot`:
///
/// ```
///   snapshot0 { ... segment1 {
///     start_extent = 0        extent_count = 25       type = "snapshot"
///     chunk_size = 128        origin = "vm1"          cow_store = "before"
///   } }
/// ```
///
/// with `merging_store` in the place of `cow_store` while the origin is put back. LVM marks the
/// link as VISIBLE until then, and the store never; people see it the other way round, and so does
/// the model. Takes only what it understands in full; the others stay what any segment is that is
/// not mapped.
final class SnapshotReader {
  private static final Set<String> FIELDS =
      Set.of("start_extent", "extent_count", "type", "chunk_size", "origin");

  private final VolumeGroup group;
  private final Map<String, Section> segments;
  private final Set<String> writeProtected;
  private final Map<String, SnapshotOf> byStore = new HashMap<>();
  private final Set<String> links = new HashSet<>();

  /// @param segments the segments of type `snapshot`, by the name of their volume
  /// @param writeProtected names of the volumes that may not be written
  SnapshotReader(VolumeGroup group, Map<String, Section> segments, Set<String> writeProtected) {
    this.group = group;
    this.segments = segments;
    this.writeProtected = writeProtected;
  }

  /// What a segment says.
  private record Link(String uuid, Volume origin, Volume store, SnapshotOf of) {}

  /// The group, its snapshots known as such; [#understood] tells which links they are.
  VolumeGroup read() {
    List<Link> found = new ArrayList<>();
    segments.forEach((name, segment) -> link(name, segment).ifPresent(found::add));
    for (Link link : found) {
      if (fits(link, found)) {
        byStore.put(link.store.uuid(), link.of);
        links.add(link.uuid);
      }
    }
    List<Volume> volumes = group.volumes().stream().map(this::known).toList();
    return new VolumeGroup(
        group.name(),
        group.uuid(),
        group.sequenceNumber(),
        group.extentSizeBytes(),
        group.physicalVolumes(),
        volumes);
  }

  private Volume known(Volume volume) {
    if (links.contains(volume.uuid())) {
      return new Volume(
          volume.name(),
          volume.uuid(),
          volume.sizeBytes(),
          Volume.Access.INTERNAL,
          volume.segments());
    }
    Optional<SnapshotOf> of = Optional.ofNullable(byStore.get(volume.uuid()));
    Volume.Access access =
        writeProtected.contains(volume.name()) ? Volume.Access.READ_ONLY : Volume.Access.READ_WRITE;
    return new Volume(
        volume.name(),
        volume.uuid(),
        volume.sizeBytes(),
        of.isPresent() ? access : volume.access(),
        volume.segments(),
        of);
  }

  /// Whether the segment of that volume has been understood.
  boolean understood(String link) {
    return group.volume(link).map(volume -> links.contains(volume.uuid())).orElse(false);
  }

  private Optional<Link> link(String name, Section segment) {
    Optional<Volume> link = group.volume(name).filter(volume -> volume.segments().size() == 1);
    Optional<Volume> origin = volume(segment, "origin");
    boolean rollingBack = segment.value("merging_store").isPresent();
    String storeField = rollingBack ? "merging_store" : "cow_store";
    Optional<Volume> store = volume(segment, storeField);
    boolean known =
        segment.nodes().stream()
            .allMatch(node -> FIELDS.contains(node.name()) || node.name().equals(storeField));
    long chunkBytes = chunkBytes(segment);
    if (!known || link.isEmpty() || origin.isEmpty() || store.isEmpty() || chunkBytes == 0) {
      return Optional.empty();
    }
    long sizeBytes = link.get().sizeBytes();
    var of =
        new SnapshotOf(
            link.get().uuid(), origin.get().uuid(), sizeBytes, (int) chunkBytes, rollingBack);
    return Optional.of(new Link(link.get().uuid(), origin.get(), store.get(), of));
  }

  private Optional<Volume> volume(Section segment, String field) {
    return segment.value(field).stream()
        .filter(ConfigValue.Text.class::isInstance)
        .map(value -> ((ConfigValue.Text) value).text())
        .findFirst()
        .flatMap(group::volume);
  }

  /// 0 for none that LVM takes.
  private static long chunkBytes(Section segment) {
    long bytes =
        segment.value("chunk_size").orElse(null) instanceof ConfigValue.Whole(long sectors)
                && sectors <= SnapshotOf.CHUNK_BYTES_MAX / GroupText.LVM_SECTOR_BYTES
            ? sectors * GroupText.LVM_SECTOR_BYTES
            : 0;
    boolean taken = bytes >= SnapshotOf.CHUNK_BYTES_MIN && Long.bitCount(bytes) == 1;
    return taken ? bytes : 0;
  }

  /// Whether a link and the others go together: an origin that lies on disks and is nobody's store,
  /// a store that is nobody else's, one rollback at a time.
  private static boolean fits(Link link, List<Link> all) {
    boolean mapped =
        !link.origin.equals(link.store) && isMapped(link.origin) && isMapped(link.store);
    boolean alone =
        all.stream()
            .filter(other -> !other.equals(link))
            .noneMatch(
                other ->
                    other.store.equals(link.store)
                        || other.store.equals(link.origin)
                        || other.origin.equals(link.store)
                        || (other.origin.equals(link.origin)
                            && other.of.rollingBack()
                            && link.of.rollingBack()));
    return mapped && alone && link.of.sizeBytes() <= link.origin.sizeBytes();
  }

  private static boolean isMapped(Volume volume) {
    return volume.segments().stream().allMatch(Segment::isMapped);
  }
}
