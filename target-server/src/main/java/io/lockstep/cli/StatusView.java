package io.lockstep.cli;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.api.VolumeInfo;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The pair as tables for people. Pure.
final class StatusView {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

  private StatusView() {}

  static String pair(PairStatus status) {
    StringBuilder text = new StringBuilder("Pair " + status.pair() + "\n\n");
    text.append(nodes(status.nodes()));
    for (Alert alert : status.alerts()) {
      text.append("\n").append(alert.severity()).append(": ").append(alert.what());
      text.append(alert.action().isEmpty() ? "" : " " + alert.action()).append("\n");
    }
    text.append("\n").append(volumes(status.volumes(), status.group()));
    text.append("\n").append(sessions(status.sessions()));
    if (status.console() != null) {
      text.append("\nConsole ").append(status.console().url()).append("\n");
    }
    return text.toString();
  }

  static String nodes(List<NodeStatus> nodes) {
    Table table =
        new Table("NODE", "STATE", "ROLE", "DISK", "CONNECTION", "OUT OF SYNC", "PORTAL", "PID");
    StringBuilder remarks = new StringBuilder();
    for (NodeStatus node : nodes) {
      table.row(
          node.name(),
          state(node),
          node.role(),
          node.diskState(),
          node.connectionState(),
          Sizes.text(node.outOfSyncBytes()),
          node.portal(),
          Optional.ofNullable(node.pid()).map(String::valueOf).orElse("-"));
      if (node.resync() != null) {
        remarks.append(resync(node.name(), node.resync()));
      }
      if (node.aloneSinceMillis() != null) {
        String since = TIME.format(Instant.ofEpochMilli(node.aloneSinceMillis()));
        remarks.append("node %s: alone since %s%n".formatted(node.name(), since));
      }
      if (node.unreadable() != null) {
        remarks.append(unreadable(node.name(), node.unreadable()));
      }
      if (node.readFromPeerBlocks() > 0) {
        remarks.append(
            "node %s: blocks that were read from the other node: %d%n"
                .formatted(node.name(), node.readFromPeerBlocks()));
      }
      if (!node.reason().isEmpty()) {
        remarks.append("node ").append(node.name()).append(": ").append(node.reason());
        remarks.append('\n');
      }
    }
    return table.text() + remarks;
  }

  private static String state(NodeStatus node) {
    @Nullable Long age = node.reportAgeMillis();
    if (age == null || node.state().equals(NodeStatus.RUNNING)) {
      return node.state();
    }
    return node.state() + ", heard " + Sizes.seconds(age / 1000) + " ago";
  }

  private static String unreadable(String node, UnreadableInfo unreadable) {
    StringBuilder text =
        new StringBuilder(
            "node %s: blocks that cannot be read: %d, given up: %d%n"
                .formatted(node, unreadable.blocks(), unreadable.acceptedBlocks()));
    unreadable.first().forEach(place -> text.append("  ").append(place.text()).append('\n'));
    return text.toString();
  }

  private static String resync(String node, ResyncInfo resync) {
    long percent = resync.bytesTotal() == 0 ? 100 : resync.bytesDone() * 100 / resync.bytesTotal();
    String left =
        resync.secondsLeft() < 0 ? "" : ", " + Sizes.seconds(resync.secondsLeft()) + " left";
    return "node %s: resync (%s) %d%%, %s of %s, %s/s%s%n"
        .formatted(
            node,
            resync.direction(),
            percent,
            Sizes.text(resync.bytesDone()),
            Sizes.text(resync.bytesTotal()),
            Sizes.text(resync.bytesPerSecond()),
            left);
  }

  static String volumes(List<VolumeInfo> volumes, @Nullable GroupInfo group) {
    String free =
        group == null
            ? ""
            : "%s of %s free%n"
                .formatted(Sizes.text(group.freeBytes()), Sizes.text(group.sizeBytes()));
    if (volumes.isEmpty()) {
      return group == null
          ? "No volumes are known: no Primary has told of any.\n"
          : "No volumes. " + free;
    }
    Table table = new Table("VOLUME", "SIZE", "SESSIONS", "IQN");
    for (VolumeInfo volume : volumes) {
      table.row(
          volume.name(),
          Sizes.text(volume.sizeBytes()),
          String.valueOf(volume.sessionCount()),
          Optional.ofNullable(volume.iqn()).orElse("not exported"));
    }
    return table.text() + remarks(volumes, group) + free;
  }

  private static String remarks(List<VolumeInfo> volumes, @Nullable GroupInfo group) {
    StringBuilder text = new StringBuilder();
    for (VolumeInfo volume : volumes) {
      if (volume.readOnlyReason() != null) {
        text.append("%s: read-only: %s%n".formatted(volume.name(), volume.readOnlyReason()));
      }
      if (volume.notServedReason() != null) {
        text.append("%s: not served: %s%n".formatted(volume.name(), volume.notServedReason()));
      }
    }
    if (group != null && group.readOnlyReason() != null) {
      text.append("no volume can be changed: %s%n".formatted(group.readOnlyReason()));
    }
    return text.toString();
  }

  static String exports(List<ExportInfo> exports) {
    if (exports.isEmpty()) {
      return "No exports.\n";
    }
    Table table = new Table("VOLUME", "IQN", "LUN", "PORTALS", "INITIATORS", "WRITE CACHE");
    for (ExportInfo export : exports) {
      table.row(
          export.volume(),
          export.iqn(),
          String.valueOf(export.lun()),
          String.join(" ", export.portals()),
          export.initiators().isEmpty() ? "everybody" : String.join(" ", export.initiators()),
          export.cachesWrites() ? "on" : "off");
    }
    return table.text();
  }

  static String sessions(List<SessionInfo> sessions) {
    if (sessions.isEmpty()) {
      return "No sessions.\n";
    }
    Table table = new Table("VOLUME", "INITIATOR", "FROM", "NODE", "SINCE");
    for (SessionInfo session : sessions) {
      table.row(
          session.volume().isEmpty() ? "(discovery)" : session.volume(),
          session.initiator(),
          session.remoteAddress(),
          session.node(),
          TIME.format(Instant.ofEpochMilli(session.sinceMillis())));
    }
    return table.text();
  }
}
