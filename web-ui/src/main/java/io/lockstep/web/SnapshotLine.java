package io.lockstep.web;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.Sizes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A snapshot as the pages say it. Used by templates.
public final class SnapshotLine {
  private SnapshotLine() {}

  /// The snapshots of a volume.
  public static List<VolumeInfo> of(PairStatus status, VolumeInfo volume) {
    return status.volumes().stream().filter(one -> one.isSnapshotOf(volume)).toList();
  }

  /// In a word or two.
  public static String state(SnapshotInfo snapshot) {
    @Nullable Long left = snapshot.leftBytes();
    return switch (snapshot.state()) {
      case SnapshotInfo.LOST -> "lost: " + snapshot.why();
      case SnapshotInfo.ROLLING_BACK ->
          "the volume is being put back to it"
              + (left == null ? "" : ", " + Sizes.text(left) + " left");
      case SnapshotInfo.UNKNOWN -> "not known";
      default -> snapshot.state();
    };
  }

  /// What it means, as a sentence.
  public static String meaning(SnapshotInfo snapshot) {
    return switch (snapshot.state()) {
      case SnapshotInfo.LOST ->
          ("It is lost: %s. The volume goes on unharmed. Delete the snapshot; give the next one"
                  + " more room.")
              .formatted(snapshot.why());
      case SnapshotInfo.ROLLING_BACK ->
          "Volume %s is being put back to it; when that is done, it is gone."
              .formatted(snapshot.origin());
      case SnapshotInfo.UNKNOWN -> "No Primary tells how it does.";
      default ->
          "It shows what volume %s held when it was taken, and what hosts have written to it since."
              .formatted(snapshot.origin());
    };
  }
}
