package io.lockstep.daemon;

import io.lockstep.control.PairPicture;
import io.lockstep.control.api.Alert;
import io.lockstep.control.api.ConsoleInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.node.NodeReport;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// What a node knows of the pair at one moment: sketches of all its mirrors, drawn together as the
/// API shows them. Immutable.
final class PairSketch implements PairPicture {
  private final DaemonConfig config;
  private final List<MirrorSketch> mirrors;
  private final long atMillis;

  /// @param mirrors all of the node's, in the order of the configuration
  /// @param atMillis when they were taken, for people
  PairSketch(DaemonConfig config, List<MirrorSketch> mirrors, long atMillis) {
    this.config = config;
    this.mirrors = mirrors;
    this.atMillis = atMillis;
  }

  @Override
  public PairStatus status() {
    List<NodeStatus> nodes = inOrder(ownNode(), peerNode());
    List<MirrorSides> shown = mirrors.stream().map(MirrorSketch::shown).toList();
    List<NodeReport.Holdings> holdings = mirrors.stream().map(MirrorSketch::holdings).toList();
    List<Alert> alerts = new ArrayList<>();
    for (MirrorSketch mirror : mirrors) {
      mirror.pairAlerts().forEach(alert -> alerts.add(of(mirror.name(), alert)));
    }
    nodes.forEach(node -> alerts.addAll(node.alerts()));
    alerts.sort(Comparator.comparingInt(PairSketch::rank));
    return new PairStatus(
        new PairStatus.Seen(mirrors.getFirst().pairName(), config.nodeName(), atMillis),
        nodes,
        shown,
        holdings.stream().flatMap(one -> one.volumes().stream()).toList(),
        holdings.stream()
            .flatMap(one -> one.exports().stream())
            .sorted(Comparator.comparing(ExportInfo::volume))
            .toList(),
        sessions(),
        new PairStatus.Work(alerts, holdings.stream().flatMap(one -> one.jobs().stream()).toList()),
        config.consoleUrl().map(ConsoleInfo::new).orElse(null));
  }

  @Override
  public List<MirrorInfo> mirrors() {
    return mirrors.stream().map(MirrorSketch::places).toList();
  }

  /// Discovery sessions are told with each mirror.
  private List<SessionInfo> sessions() {
    return mirrors.stream().flatMap(mirror -> mirror.allSessions().stream()).distinct().toList();
  }

  /// That of node 0 first.
  private <T> List<T> inOrder(T own, T other) {
    return config.nodeId() == 0 ? List.of(own, other) : List.of(other, own);
  }

  private NodeStatus ownNode() {
    return whole(mirrors.getFirst().ownNode(), mirrors.stream().map(MirrorSketch::ownNode));
  }

  /// As it was heard last, over any link.
  private NodeStatus peerNode() {
    NodeStatus latest =
        mirrors.stream()
            .map(MirrorSketch::peerNode)
            .min(Comparator.comparingLong(PairSketch::ageMillis))
            .orElseThrow();
    return whole(latest, mirrors.stream().map(MirrorSketch::peerNode));
  }

  private static long ageMillis(NodeStatus node) {
    return Objects.requireNonNullElse(node.reportAgeMillis(), Long.MAX_VALUE);
  }

  /// A node with what concerns each of its mirrors.
  private NodeStatus whole(NodeStatus node, Stream<NodeStatus> ofMirrors) {
    List<Alert> alerts = new ArrayList<>();
    List<NodeStatus> parts = ofMirrors.toList();
    for (int index = 0; index < parts.size(); index++) {
      String mirror = mirrors.get(index).name();
      parts.get(index).alerts().forEach(alert -> alerts.add(of(mirror, alert)));
    }
    return node.with(alerts.stream().distinct().toList());
  }

  /// An alert that says which mirror it is about, where there are several.
  private Alert of(String mirror, Alert alert) {
    if (mirrors.size() == 1 || alert.mirror() == null) {
      return alert;
    }
    return alert.saying(
        "Mirror " + mirror + ": " + alert.what(),
        alert.action().replaceAll("lockstep mirror ([a-z-]+)", "$0 --mirror " + mirror));
  }

  private static int rank(Alert alert) {
    return switch (alert.severity()) {
      case Alert.CRITICAL -> 0;
      case Alert.WARNING -> 1;
      default -> 2;
    };
  }
}
