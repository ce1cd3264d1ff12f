package io.lockstep.node;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.VolumeInfo;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a person should know of snapshots: one whose room fills up can still be helped, one that is
/// lost cannot. Neither keeps its volume from anything. Pure.
final class SnapshotAlerts {
  /// From so many percent of its room on, a snapshot is warned of.
  static final int FILLS_UP_PERCENT = 80;

  private SnapshotAlerts() {}

  static List<Alert> of(String node, VolumeInfo volume, SnapshotInfo snapshot) {
    List<Alert> alerts = new ArrayList<>();
    @Nullable String why = snapshot.why();
    @Nullable Integer used = snapshot.usedPercent();
    if (snapshot.isLost() && why != null) {
      alerts.add(lost(node, volume.name(), snapshot.origin(), why));
    } else if (snapshot.isWhole() && used != null && used >= FILLS_UP_PERCENT) {
      alerts.add(fillsUp(node, volume.name(), snapshot.origin()));
    }
    return alerts;
  }

  private static Alert lost(String node, String name, String origin, String why) {
    return Alert.of(
            Alert.WARNING,
            "snapshot-lost",
            node,
            "Snapshot %s of volume %s is lost: %s.".formatted(name, origin, why),
            "The volume goes on unharmed. Delete the snapshot with lockstep snapshot delete "
                + origin
                + " "
                + name
                + "; give the next one more room.")
        .about(name)
        .because(why);
  }

  private static Alert fillsUp(String node, String name, String origin) {
    String used = FILLS_UP_PERCENT + " % of its room or more";
    return Alert.of(
            Alert.WARNING,
            "snapshot-fills-up",
            node,
            "Snapshot %s of volume %s has used %s; when it is full, the snapshot is lost."
                .formatted(name, origin, used),
            "Give it more room with lockstep snapshot resize %s %s --size +SIZE, or delete it."
                .formatted(origin, name))
        .about(name)
        .because(used + " are used");
  }
}
