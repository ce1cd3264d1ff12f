package io.lockstep.web;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.ConnectInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.GroupInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.VolumeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Pictures of a pair with one mirror, `main`, as its daemons would draw them: vm1 is exported and
/// has a session, vm2 is not exported.
final class Pictures {
  static final String IQN = "iqn.2026-11.io.lockstep:kite.vm1";

  private static final long VOLUME_BYTES = 64L << 30;

  private Pictures() {}

  /// Node a serves, node b is in sync.
  static PairStatus healthy() {
    return healthy(VOLUME_BYTES, List.of());
  }

  /// The same with a vm1 of another size, and alerts.
  static PairStatus healthy(long vm1Bytes, List<Alert> alerts) {
    SideStatus a = side("a", "Primary", "UpToDate", "Connected");
    SideStatus b = side("b", "Secondary", "UpToDate", "Connected");
    return pair(
        "a",
        List.of(running("a", 0), running("b", 1)),
        List.of(MirrorSides.of("main", group(), List.of(a, b))),
        volumes(vm1Bytes),
        alerts);
  }

  /// A healthy pair with these volumes.
  static PairStatus of(List<VolumeInfo> volumes) {
    PairStatus healthy = healthy();
    return pair("a", healthy.nodes(), healthy.mirrors(), volumes, List.of());
  }

  /// What no daemon would say: a page cannot be made of it.
  static PairStatus withoutItsNodes() {
    SideStatus a = side("a", "Primary", "UpToDate", "Connected");
    List<MirrorSides> mirrors = List.of(MirrorSides.of("main", group(), List.of(a)));
    return pair("a", List.of(), mirrors, List.of(), List.of());
  }

  /// How to use vm1.
  static ConnectInfo connecting() {
    List<String> portals = List.of("10.0.0.1:3260", "10.0.0.2:3260");
    var recipe = new ConnectInfo.Recipe("QEMU", "For one machine.", "qemu-system-x86_64 " + IQN);
    return new ConnectInfo("vm1", IQN, 0, portals, List.of(recipe));
  }

  static PairStatus pair(
      String reportedBy,
      List<NodeStatus> nodes,
      List<MirrorSides> mirrors,
      List<VolumeInfo> volumes,
      List<Alert> alerts) {
    var export =
        new ExportInfo(
                "vm1", IQN, 0, List.of("10.0.0.1:3260", "10.0.0.2:3260"), List.of(), true, null)
            .on("main");
    var session =
        new SessionInfo(
            "a", "iqn.1993-08.org.debian:01:host", IQN, "vm1", "10.0.0.9:51000", "0", 1, 0);
    boolean isServed = mirrors.stream().anyMatch(mirror -> mirror.primary() != null);
    return new PairStatus(
        new PairStatus.Seen("kite", reportedBy, 0),
        nodes,
        mirrors,
        volumes,
        List.of(export),
        isServed ? List.of(session) : List.of(),
        PairStatus.Work.of(alerts),
        null);
  }

  static NodeStatus running(String name, int id) {
    return node(name, id, NodeStatus.RUNNING, 0L);
  }

  static NodeStatus node(String name, int id, String state, @Nullable Long ageMillis) {
    return new NodeStatus(
        name,
        id,
        state,
        ageMillis,
        new NodeStatus.Running(null, "0.1.0", null, null),
        List.of("10.0.0.%d:3260".formatted(id + 1)),
        List.of());
  }

  static SideStatus side(String node, String role, String disk, String connection) {
    return new SideStatus(
        node,
        role,
        new SideStatus.Copy(disk, List.of(), null, 0),
        new SideStatus.Link(connection, "", null),
        new SideStatus.Difference(0L, null, 0),
        new SideStatus.History(1, "0123456789abcdef"));
  }

  static GroupInfo group() {
    return new GroupInfo("lockstep", "uuid", 1L << 40, 1L << 39, 4L << 20, 7, null);
  }

  static List<VolumeInfo> volumes(long vm1Bytes) {
    return List.of(
        TwoMirrorsFake.volume("vm1", vm1Bytes, IQN, "main").withSessionCount(1),
        TwoMirrorsFake.volume("vm2", 16L << 30, null, "main"));
  }
}
