package io.lockstep.daemon;

import io.lockstep.node.NodeReport;
import io.lockstep.peers.ControlView;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What this node knows of the other one: what that one said last of each mirror, and how long ago.
/// Callable from any thread.
final class OtherNode {
  private final DaemonConfig.Peer peer;
  private final LongSupplier nowNanos;

  /// By the mirror's name.
  private final Map<String, Told> told = new ConcurrentHashMap<>();

  private volatile ControlView contact = new ControlView(List.of());

  /// The mirrors that it is configured with, by its last word on the line of now; or empty.
  private volatile List<String> mirrors = List.of();

  private record Told(NodeReport report, long atNanos) {}

  /// @param peer what the configuration says of it
  /// @param nowNanos the clock of all loops, for ages
  OtherNode(DaemonConfig.Peer peer, LongSupplier nowNanos) {
    this.peer = peer;
    this.nowNanos = nowNanos;
  }

  /// It has told about itself and a mirror.
  void reported(String mirror, NodeReport report) {
    told.put(mirror, new Told(report, nowNanos.getAsLong()));
  }

  /// It has said which mirrors it is configured with; empty if it does not say that.
  void configured(List<String> names) {
    mirrors = names;
  }

  /// The mirrors that it is configured with; empty while that is not known.
  List<String> mirrors() {
    return mirrors;
  }

  /// How the control connection with it stands.
  ///
  /// @return whether it stands again
  boolean seen(ControlView view) {
    boolean again = view.isUp() && !contact.isUp();
    contact = view;
    if (!view.isUp()) {
      mirrors = List.of();
    }
    return again;
  }

  /// Where its portal is said to be: by this node's configuration, and by itself.
  Set<HostPort> portals() {
    Set<HostPort> portals = new LinkedHashSet<>(Set.of(peer.portal()));
    for (Told one : told.values()) {
      HostPort.parse(one.report.node().portal()).ifPresent(portals::add);
    }
    return portals;
  }

  /// What it said last of a mirror.
  MirrorSketch.Heard heard(String mirror) {
    @Nullable Told last = told.get(mirror);
    ControlView view = contact;
    long now = nowNanos.getAsLong();
    return last == null
        ? new MirrorSketch.Heard(null, 0, view.isUp(), view.lost(now))
        : new MirrorSketch.Heard(last.report, now - last.atNanos, view.isUp(), view.lost(now));
  }
}
