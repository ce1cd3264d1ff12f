package io.lockstep.cli;

import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.Sizes;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Snapshots as a table for people. Pure.
final class SnapshotTable {
  private SnapshotTable() {}

  /// The snapshots among the volumes.
  ///
  /// @param volume of which volume; null for all
  static List<VolumeInfo> snapshots(List<VolumeInfo> volumes, @Nullable String volume) {
    if (volume == null) {
      return volumes.stream().filter(one -> one.snapshot() != null).toList();
    }
    VolumeInfo origin =
        volumes.stream()
            .filter(one -> one.isCalled(volume))
            .findFirst()
            .orElseThrow(
                () ->
                    new RefusedException(
                        "No snapshots are shown",
                        "there is no volume " + volume,
                        "`lockstep volume list` shows them"));
    return volumes.stream().filter(one -> one.isSnapshotOf(origin)).toList();
  }

  static String text(List<VolumeInfo> snapshots, boolean severalMirrors) {
    if (snapshots.isEmpty()) {
      return "No snapshots.\n";
    }
    Table table = new Table("SNAPSHOT", "OF", "SIZE", "ROOM", "USED", "STATE");
    for (VolumeInfo volume : snapshots) {
      SnapshotInfo snapshot = Optional.ofNullable(volume.snapshot()).orElseThrow();
      @Nullable Integer percent = snapshot.usedPercent();
      table.row(
          severalMirrors ? volume.mirror() + "/" + volume.name() : volume.name(),
          snapshot.origin(),
          Sizes.text(volume.sizeBytes()),
          Sizes.text(snapshot.roomBytes()),
          percent == null ? "-" : percent + "%",
          state(snapshot));
    }
    return table.text();
  }

  /// What it is good for: "whole", "lost: its room is full".
  static String state(SnapshotInfo snapshot) {
    return switch (snapshot.state()) {
      case SnapshotInfo.LOST -> "lost: " + snapshot.why();
      case SnapshotInfo.ROLLING_BACK -> "its volume is being put back to it" + left(snapshot);
      case SnapshotInfo.UNKNOWN -> "not known: no Primary tells of it";
      default -> snapshot.state();
    };
  }

  private static String left(SnapshotInfo snapshot) {
    @Nullable Long left = snapshot.leftBytes();
    return left == null ? "" : ", " + Sizes.text(left) + " left";
  }
}
