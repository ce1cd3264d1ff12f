package io.lockstep.node;

import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.SegmentInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.volume.ExtentLayout;
import io.lockstep.volume.GroupStatus;
import io.lockstep.volume.Segment;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Volumes and their group as people and scripts see them. Pure.
public final class VolumeView {
  private VolumeView() {}

  public static GroupInfo of(GroupStatus group) {
    return new GroupInfo(
        group.name(),
        group.uuid(),
        group.sizeBytes(),
        group.freeBytes(),
        group.extentSizeBytes(),
        group.sequenceNumber(),
        group.readOnlyReason().orElse(null));
  }

  /// The volumes of an open group; nobody is counted yet.
  static List<VolumeInfo> allOf(ServedVolumes primary) {
    return primary.engine().volumes().stream().map(volume -> of(primary, volume)).toList();
  }

  /// What hosts know a volume by, as far as it has been given.
  public record Names(Optional<UnitRecord> unit, Optional<Export> export) {}

  /// A volume of an open group; nobody is counted yet.
  static VolumeInfo of(ServedVolumes primary, Volume volume) {
    VolumeInfo info =
        of(
            volume,
            primary.engine().serving(volume),
            primary.engine().group().layout(),
            new Names(
                primary.records().ofVolume(volume.name()),
                primary.records().exportOf(volume.name())));
    return SnapshotView.shown(
        info,
        volume,
        primary.engine().volumes(),
        primary.engine().snapshot(volume.name()).orElse(null));
  }

  public static VolumeInfo of(Volume volume, Serving serving, ExtentLayout layout, Names names) {
    List<SegmentInfo> segments = new ArrayList<>();
    for (Segment segment : volume.segments()) {
      for (Segment.Stripe stripe : segment.stripes()) {
        segments.add(
            new SegmentInfo(
                segment.startExtent() * layout.sizeBytes(),
                layout.offset(stripe.startExtent()),
                segment.stripeExtentCount() * layout.sizeBytes()));
      }
    }
    return new VolumeInfo(
        volume.name(),
        volume.hostBytes(),
        volume.uuid(),
        new VolumeInfo.Names(
            names.export.map(Export::iqn).orElse(null),
            names.unit.map(UnitRecord::serial).orElse(null),
            names.unit.map(UnitRecord::naa).orElse(null)),
        0,
        segments,
        new VolumeInfo.Hindrance(readOnlyReason(serving), notServedReason(serving)));
  }

  private static @Nullable String readOnlyReason(Serving serving) {
    return serving instanceof Serving.ReadOnly(String why) ? why : null;
  }

  private static @Nullable String notServedReason(Serving serving) {
    return serving instanceof Serving.Not(String why) ? why : null;
  }

  /// The same volumes, with who is logged in to each.
  public static List<VolumeInfo> counted(List<VolumeInfo> volumes, List<SessionInfo> sessions) {
    return volumes.stream()
        .map(
            volume ->
                volume.withSessionCount(
                    (int)
                        sessions.stream()
                            .filter(session -> session.iqn().equals(volume.iqn()))
                            .count()))
        .toList();
  }

  /// The portal that serves now comes first: initiators that take only one take that one.
  ///
  /// @param portals as `host:port`
  public static ExportInfo export(Export export, List<String> portals) {
    return new ExportInfo(
        export.volume(),
        export.iqn(),
        export.lun(),
        portals,
        new ExportInfo.Access(
            export.initiators(), export.access().exclusive() ? Boolean.TRUE : null),
        export.writeCache(),
        null,
        null);
  }
}
