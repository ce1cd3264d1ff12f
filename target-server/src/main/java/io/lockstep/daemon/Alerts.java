package io.lockstep.daemon;

import io.lockstep.block.disk.FileSpace;
import io.lockstep.control.api.Alert;
import io.lockstep.peers.ControlView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a person should know of a node beside what its mirror tells ([MirrorAlerts]). Pure.
final class Alerts {
  private Alerts() {}

  /// That a Primary serves nothing.
  ///
  /// @param openFailure why its volumes are not open although it is Primary
  static List<Alert> volumesClosed(String node, Optional<String> openFailure) {
    return openFailure
        .map(
            why ->
                Alert.of(
                        Alert.CRITICAL,
                        "volumes-closed",
                        node,
                        "Node " + node + " is Primary but serves no volumes: " + why + ".",
                        "")
                    .because(why))
        .stream()
        .toList();
  }

  /// How the control connection stands. A node that is not heard at all is told by its silence, and
  /// by the mirror that is alone; but one that answers, and refuses, has something to be corrected.
  ///
  /// @param up whether it stands over any address
  /// @param lost addresses over which the other node has not been heard for some time
  static List<Alert> ofContact(
      String node, String peer, boolean up, List<ControlView.Watched> lost) {
    List<Alert> alerts = new ArrayList<>();
    for (ControlView.Watched one : lost) {
      if (one.refused()) {
        alerts.add(
            Alert.of(
                    Alert.WARNING,
                    "control-refused",
                    node,
                    "Node %s and the node at %s do not talk: %s."
                        .formatted(node, one.address(), one.why()),
                    "Correct it on one of the nodes; both try again every few seconds.")
                .about(one.address())
                .because(one.why()));
      } else if (up) {
        alerts.add(
            Alert.of(
                    Alert.WARNING,
                    "address-lost",
                    node,
                    "Node %s does not hear node %s at %s: %s."
                        .formatted(node, peer, one.address(), one.why()),
                    "Check cable, switch and card of that network; the other one carries on.")
                .about(one.address())
                .because(one.why()));
      }
    }
    return alerts;
  }

  /// The mirrors of one node that the other one is not configured with: they have no second copy.
  static List<Alert> mirrorsOfOneNode(
      String node, List<String> mirrors, String other, List<String> otherMirrors) {
    return mirrors.stream()
        .filter(mirror -> !otherMirrors.contains(mirror))
        .map(
            mirror ->
                Alert.of(
                        Alert.WARNING,
                        "mirror-missing",
                        other,
                        "Mirror %s of node %s is not configured on node %s."
                            .formatted(mirror, node, other),
                        ("Add it to node %s's configuration, lay out its disk there with lockstepd"
                                + " init --mirror %s --join, and restart that node.")
                            .formatted(other, mirror))
                    .about(mirror))
        .toList();
  }

  /// That a node's disk is slow, fails or forgets on purpose.
  ///
  /// @param on the test switches of its configuration that are on
  static Optional<Alert> diskTests(String node, List<String> on) {
    return on.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Alert.of(
                Alert.WARNING,
                "disk-tests",
                node,
                "Node %s has filters for tests around its disk: %s."
                    .formatted(node, String.join(", ", on)),
                "Take the section test: out of its configuration and start it again."));
  }

  /// That the file system under a node's disk fills up.
  static Optional<Alert> lowSpace(String node, FileSpace space) {
    return !space.isLow()
        ? Optional.empty()
        : Optional.of(
            Alert.of(
                space.isNearlyFull() ? Alert.CRITICAL : Alert.WARNING,
                "low-space",
                node,
                "The disk of node %s has no room to be filled: %s.".formatted(node, space.text()),
                "Free space there, or enlarge that file system; a write that finds no room makes"
                    + " the disk fail."));
  }

  /// What both nodes together show.
  ///
  /// @param isServed whether a node is known to be Primary
  /// @param isHeard whether the other node is heard
  static List<Alert> ofPair(boolean isServed, boolean isHeard) {
    if (isServed) {
      return List.of();
    }
    return List.of(
        Alert.of(
            Alert.CRITICAL,
            "no-primary",
            "",
            "Neither node is known to be Primary, so no volume is served.",
            isHeard
                ? "Promote one with lockstep mirror promote --node N."
                : "Start the other node; if it is gone for good, promote this one with lockstep"
                    + " mirror promote --node N."));
  }
}
