package io.lockstep.node;

import io.lockstep.block.Check;
import io.lockstep.control.api.Alert;
import io.lockstep.control.api.DiskInfo;
import io.lockstep.control.api.InRange;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.UnreadableInfo;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A node and its side of the mirror in the flat form in which nodes tell it each other, part of
/// [NodeReport]: one mirror, one disk, one portal. Its fields stay as they are, since older nodes
/// rely on them; their meanings are those of [NodeStatus], [SideStatus] and [DiskInfo].
public record ToldNode(
    String name,
    @InRange(min = 0, max = 1) int nodeId,
    String state,
    @Nullable Long reportAgeMillis,
    @Nullable Long pid,
    @Nullable String release,
    @Nullable Long startedAtMillis,
    String role,
    String diskState,
    String connectionState,
    String reason,
    @Nullable Long aloneSinceMillis,
    long outOfSyncBytes,
    @Nullable ResyncInfo resync,
    long lastResyncBytesSent,
    @Nullable UnreadableInfo unreadable,
    long readFromPeerBlocks,
    long term,
    String generation,
    String portal,
    @Nullable String dataPath,
    long dataOffset,
    long dataBytes,
    @Nullable String controlSocket,
    List<Alert> alerts) {

  public static ToldNode of(NodeStatus node, SideStatus side) {
    DiskInfo disk =
        side.copy().disks().stream().findFirst().orElseGet(() -> new DiskInfo(null, 0, 0));
    return new ToldNode(
        node.name(),
        node.nodeId(),
        node.state(),
        node.reportAgeMillis(),
        node.daemon().pid(),
        node.daemon().release(),
        node.daemon().startedAtMillis(),
        side.role(),
        side.copy().diskState(),
        side.link().connectionState(),
        side.link().reason(),
        side.link().aloneSinceMillis(),
        Check.present(side.outOfSyncBytes(), "a node knows what it has marked"),
        side.difference().resync(),
        side.difference().lastResyncBytesSent(),
        side.copy().unreadable(),
        side.copy().readFromPeerBlocks(),
        side.history().term(),
        side.history().generation(),
        String.join(" ", node.portals().stream().limit(1).toList()),
        disk.path(),
        disk.dataOffset(),
        disk.dataBytes(),
        node.daemon().controlSocket(),
        node.alerts());
  }

  public NodeStatus node() {
    return new NodeStatus(
        name,
        nodeId,
        state,
        reportAgeMillis,
        new NodeStatus.Running(pid, release, startedAtMillis, controlSocket),
        Stream.of(portal).filter(one -> !one.isEmpty()).toList(),
        alerts);
  }

  public SideStatus side() {
    return new SideStatus(
        name,
        role,
        new SideStatus.Copy(
            diskState,
            List.of(new DiskInfo(dataPath, dataOffset, dataBytes)),
            unreadable,
            readFromPeerBlocks),
        new SideStatus.Link(connectionState, reason, aloneSinceMillis),
        new SideStatus.Difference(outOfSyncBytes, resync, lastResyncBytesSent),
        new SideStatus.History(term, generation));
  }
}
