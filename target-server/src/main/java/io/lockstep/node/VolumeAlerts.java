package io.lockstep.node;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.VolumeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a person should know of volumes that are not served as a disk should be, or not at all. A
/// volume that is exported is a warning: its hosts meet with errors. Pure.
public final class VolumeAlerts {
  /// Hosts named in a sentence; `lockstep session list` has all.
  private static final int HOSTS_MAX = 3;

  private VolumeAlerts() {}

  /// @param node the Primary, which serves them
  public static List<Alert> of(String node, GroupInfo group, List<VolumeInfo> volumes) {
    List<Alert> alerts = new ArrayList<>();
    for (VolumeInfo volume : volumes) {
      if (volume.snapshot() != null) {
        alerts.addAll(SnapshotAlerts.of(node, volume, volume.snapshot()));
        continue;
      }
      String severity = volume.iqn() == null ? Alert.INFO : Alert.WARNING;
      @Nullable String readOnly = volume.readOnlyReason();
      if (readOnly != null) {
        alerts.add(
            Alert.of(
                    severity,
                    "volume-read-only",
                    node,
                    "Volume %s may only be read: %s.".formatted(volume.name(), readOnly),
                    "Writes to it are refused (DATA PROTECT). If it is to be written, change it"
                        + " with the lvm2 tools while this node is stopped.")
                .about(volume.name())
                .because(readOnly));
      }
      @Nullable String notServed = volume.notServedReason();
      if (notServed != null) {
        alerts.add(
            Alert.of(
                    severity,
                    "volume-not-served",
                    node,
                    "Volume %s is not served: %s.".formatted(volume.name(), notServed),
                    "Copy its data to a volume made here, or change it with the lvm2 tools while"
                        + " this node is stopped.")
                .about(volume.name())
                .because(notServed));
      }
    }
    @Nullable String unchangeable = group.readOnlyReason();
    if (unchangeable != null) {
      alerts.add(
          Alert.of(
                  Alert.INFO,
                  "group-read-only",
                  node,
                  "Volumes cannot be created, resized, renamed or deleted: %s."
                      .formatted(unchangeable),
                  "Volumes that are served go on. Change the group with the lvm2 tools while this"
                      + " node is stopped.")
              .because(unchangeable));
    }
    return alerts;
  }

  /// Volumes that are meant for one host and used by more. A host is an initiator's name, however
  /// many sessions it has.
  ///
  /// @param sessions those on both nodes
  public static List<Alert> shared(String node, List<Export> exports, List<SessionInfo> sessions) {
    List<Alert> alerts = new ArrayList<>();
    for (Export export : exports) {
      List<SessionInfo> users =
          sessions.stream().filter(session -> session.iqn().equals(export.iqn())).toList();
      long hosts = users.stream().map(SessionInfo::initiator).distinct().count();
      if (export.access().exclusive() && hosts > 1) {
        alerts.add(shared(node, export.volume(), users));
      }
    }
    return alerts;
  }

  private static Alert shared(String node, String volume, List<SessionInfo> users) {
    String hosts =
        users.stream()
            .map(SessionInfo::initiator)
            .distinct()
            .sorted()
            .limit(HOSTS_MAX)
            .collect(Collectors.joining(", "));
    return Alert.of(
            Alert.CRITICAL,
            "several-hosts",
            node,
            "Volume %s is meant for one host, and more are logged in: %s.".formatted(volume, hosts),
            "A file system for one host is damaged by two. Log out where it is not used, and name"
                + " the other with lockstep export set "
                + volume
                + " --initiator IQN; or say that it is meant for several, with --no-exclusive.")
        .about(volume)
        .because(hosts);
  }
}
