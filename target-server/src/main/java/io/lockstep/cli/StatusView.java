package io.lockstep.cli;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.Printable;
import io.lockstep.control.client.Sizes;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The pair as tables for people. Pure.
final class StatusView {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

  private StatusView() {}

  static String pair(PairStatus status) {
    StringBuilder text = new StringBuilder("Pair " + status.pair() + "\n\n");
    text.append(nodes(status.nodes())).append("\n").append(mirrors(status.mirrors()));
    for (Alert alert : status.alerts()) {
      text.append("\n").append(alert.severity()).append(": ");
      text.append(Printable.text(alert.what()));
      text.append(alert.action().isEmpty() ? "" : " " + alert.action());
      text.append(alert.since() == null ? "" : " (since " + alert.since() + ")").append("\n");
    }
    text.append("\n").append(volumes(status.volumes(), status.mirrors()));
    if (!status.jobs().isEmpty()) {
      text.append("\n").append(JobView.table(status.jobs()));
    }
    text.append("\n").append(sessions(status.sessions(), status.nodes()));
    if (status.console() != null) {
      text.append("\nConsole ").append(status.console().url()).append("\n");
    }
    return text.toString();
  }

  static String nodes(List<NodeStatus> nodes) {
    Table table = new Table("NODE", "STATE", "PORTALS", "PID");
    for (NodeStatus node : nodes) {
      table.row(
          node.name(),
          state(node),
          String.join(" ", node.portals()),
          Optional.ofNullable(node.pid()).map(String::valueOf).orElse("-"));
    }
    return table.text();
  }

  static String mirrors(List<MirrorSides> mirrors) {
    Table table = new Table("MIRROR", "NODE", "ROLE", "DISK", "CONNECTION", "OUT OF SYNC");
    StringBuilder remarks = new StringBuilder();
    for (MirrorSides mirror : mirrors) {
      for (SideStatus side : mirror.sides()) {
        table.row(
            mirror.name(),
            side.node(),
            side.role(),
            side.diskState(),
            side.connectionState(),
            Optional.ofNullable(side.outOfSyncBytes()).map(Sizes::text).orElse("-"));
        String place =
            mirrors.size() == 1
                ? "node " + side.node()
                : "mirror " + mirror.name() + " at node " + side.node();
        remarks(side).forEach(line -> remarks.append(place + ": " + line + "\n"));
      }
    }
    return table.text() + remarks;
  }

  private static List<String> remarks(SideStatus side) {
    List<String> lines = new ArrayList<>();
    if (side.resync() != null) {
      lines.add(resync(side.resync()));
    }
    @Nullable Long aloneSince = side.link().aloneSinceMillis();
    if (aloneSince != null) {
      lines.add("alone since " + TIME.format(Instant.ofEpochMilli(aloneSince)));
    }
    if (side.unreadable() != null) {
      lines.add(unreadable(side.unreadable()));
    }
    if (side.copy().readFromPeerBlocks() > 0) {
      lines.add("blocks that were read from the other node: " + side.copy().readFromPeerBlocks());
    }
    if (!side.link().reason().isEmpty()) {
      lines.add(side.link().reason());
    }
    return lines;
  }

  private static String state(NodeStatus node) {
    @Nullable Long age = node.reportAgeMillis();
    if (age == null || node.state().equals(NodeStatus.RUNNING)) {
      return node.state();
    }
    return node.state() + ", heard " + Sizes.duration(age / 1000) + " ago";
  }

  private static String unreadable(UnreadableInfo unreadable) {
    StringBuilder text =
        new StringBuilder(
            "blocks that cannot be read: %d, given up: %d"
                .formatted(unreadable.blocks(), unreadable.acceptedBlocks()));
    unreadable.first().forEach(place -> text.append("\n  ").append(place.text()));
    return text.toString();
  }

  private static String resync(ResyncInfo resync) {
    @Nullable Long total = resync.bytesTotal();
    String done = Sizes.text(resync.bytesDone());
    String left =
        resync.secondsLeft() < 0 ? "" : ", " + Sizes.duration(resync.secondsLeft()) + " left";
    return "resync (%s) %s, %s/s%s"
        .formatted(
            resync.direction(),
            total == null
                ? done + " done"
                : "%d%%, %s of %s"
                    .formatted(resync.percent().orElseThrow(), done, Sizes.text(total)),
            Sizes.text(resync.bytesPerSecond()),
            left);
  }

  static String volumes(List<VolumeInfo> volumes, List<MirrorSides> mirrors) {
    List<MirrorSides> open = mirrors.stream().filter(mirror -> mirror.group() != null).toList();
    List<GroupInfo> groups =
        open.stream().flatMap(mirror -> Stream.ofNullable(mirror.group())).toList();
    String free =
        open.stream().map(mirror -> free(mirror, mirrors.size() > 1)).collect(Collectors.joining());
    if (volumes.isEmpty()) {
      return groups.isEmpty()
          ? "No volumes are known: no Primary has told of any.\n"
          : "No volumes. " + free;
    }
    boolean several = mirrors.size() > 1;
    Table table = new Table("VOLUME", "SIZE", "SESSIONS", "IQN");
    for (VolumeInfo volume : volumes) {
      table.row(
          several ? volume.mirror() + "/" + volume.name() : volume.name(),
          Sizes.text(volume.sizeBytes()),
          String.valueOf(volume.sessionCount()),
          Optional.ofNullable(volume.iqn()).orElse("not exported"));
    }
    return table.text() + remarks(volumes, groups) + unserved(mirrors) + free;
  }

  /// Of which mirrors the list is what a copy held when it was read.
  private static String unserved(List<MirrorSides> mirrors) {
    return mirrors.stream()
        .filter(mirror -> mirror.group() == null)
        .map(
            mirror ->
                "No Primary tells of mirror %s: its volumes are shown as a copy has them.%n"
                    .formatted(mirror.name()))
        .collect(Collectors.joining());
  }

  private static String free(MirrorSides mirror, boolean several) {
    @Nullable GroupInfo group = mirror.group();
    return group == null
        ? ""
        : "%s of %s free%s%n"
            .formatted(
                Sizes.text(group.freeBytes()),
                Sizes.text(group.sizeBytes()),
                several ? " on mirror " + mirror.name() : "");
  }

  private static String remarks(List<VolumeInfo> volumes, List<GroupInfo> groups) {
    StringBuilder text = new StringBuilder();
    for (VolumeInfo volume : volumes) {
      if (volume.readOnlyReason() != null) {
        text.append("%s: read-only: %s%n".formatted(volume.name(), volume.readOnlyReason()));
      }
      if (volume.snapshot() != null) {
        text.append(
            "%s: snapshot of %s, %s%n"
                .formatted(
                    volume.name(),
                    volume.snapshot().origin(),
                    SnapshotTable.state(volume.snapshot())));
      } else if (volume.notServedReason() != null) {
        text.append("%s: not served: %s%n".formatted(volume.name(), volume.notServedReason()));
      }
    }
    for (GroupInfo group : groups) {
      if (group.readOnlyReason() != null) {
        text.append("no volume can be changed: %s%n".formatted(group.readOnlyReason()));
      }
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
          users(export),
          export.cachesWrites() ? "on" : "off");
    }
    return table.text();
  }

  /// Who may log in.
  static String users(ExportInfo export) {
    return (export.initiators().isEmpty() ? "everybody" : String.join(" ", export.initiators()))
        + (export.meansOneHost() ? ", one host at a time" : "");
  }

  static String sessions(List<SessionInfo> sessions, List<NodeStatus> nodes) {
    String unknown =
        nodes.stream()
            .filter(StatusView::isSessionsUnknown)
            .map(node -> "Who is logged in at node %s is not known.%n".formatted(node.name()))
            .collect(Collectors.joining());
    if (sessions.isEmpty()) {
      return unknown.isEmpty() ? "No sessions.\n" : "No sessions are known.\n" + unknown;
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
    return table.text() + unknown;
  }

  /// Nobody is logged in at a node that does not run; of one that cannot be asked, who knows.
  private static boolean isSessionsUnknown(NodeStatus node) {
    return !node.state().equals(NodeStatus.RUNNING) && !node.state().equals(NodeStatus.NOT_RUNNING);
  }
}
