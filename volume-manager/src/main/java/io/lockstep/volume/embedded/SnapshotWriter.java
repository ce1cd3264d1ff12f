package io.lockstep.volume.embedded;

import io.lockstep.block.Check;
import io.lockstep.volume.Segment;
import io.lockstep.volume.SnapshotOf;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.embedded.ConfigNode.Assignment;
import io.lockstep.volume.embedded.ConfigNode.Section;
import java.util.List;
import java.util.Optional;

/// Writes the segment that ties a snapshot to its origin, as [SnapshotReader] reads it. It names
/// both by their names, so it is looked at in each change; where it says the same, it stays as it
/// was.
final class SnapshotWriter {
  private static final ConfigValue VISIBLE = new ConfigValue.Text("VISIBLE");

  private SnapshotWriter() {}

  /// Whether the volume ties a snapshot of the group to its origin.
  static boolean isLink(VolumeGroup group, Volume volume) {
    return store(group, volume).isPresent();
  }

  private static Optional<Volume> store(VolumeGroup group, Volume link) {
    return group.volumes().stream()
        .filter(
            volume ->
                volume.snapshotOf().map(SnapshotOf::linkUuid).stream()
                    .anyMatch(link.uuid()::equals))
        .findFirst();
  }

  /// The section of a link.
  ///
  /// @param section what was there, or a fresh one with any segment
  static Section link(Section section, VolumeGroup group, Volume link) {
    Volume store = store(group, link).orElseThrow();
    SnapshotOf of = store.snapshotOf().orElseThrow();
    Volume origin = Check.present(group.volumeByUuid(of.originUuid()).orElse(null), "an origin");
    String field = of.rollingBack() ? "merging_store" : "cow_store";
    String other = of.rollingBack() ? "cow_store" : "merging_store";
    Section present = section.section("segment1").orElse(fresh(link));
    Section segment =
        present
            .without(node -> node.name().equals(other))
            .without(node -> node.name().startsWith("stripe"))
            .with(Assignment.of("chunk_size", of.chunkBytes() / GroupText.LVM_SECTOR_BYTES))
            .with(text("origin", origin.name()))
            .with(text(field, store.name()));
    if (segment.equals(present)) {
      return section;
    }
    return (of.rollingBack() ? hidden(section) : section).with(segment);
  }

  /// LVM takes the mark from a link whose snapshot is being merged.
  private static Section hidden(Section section) {
    return section.value("status").orElse(null) instanceof ConfigValue.Array(var flags)
        ? section.with(
            new Assignment(
                "status",
                new ConfigValue.Array(
                    flags.stream().filter(flag -> !flag.equals(VISIBLE)).toList())))
        : section;
  }

  private static Section fresh(Volume link) {
    return new Section(
        "segment1",
        List.of(
            Assignment.of("start_extent", 0),
            Assignment.of("extent_count", link.extentCount()),
            text("type", Segment.SNAPSHOT)));
  }

  private static Assignment text(String name, String text) {
    return new Assignment(name, new ConfigValue.Text(text));
  }
}
