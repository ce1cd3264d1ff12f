package io.lockstep.daemon;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a person should know, from what a node knows of its mirror. Pure.
final class Alerts {
  private Alerts() {}

  /// What this node says about itself.
  ///
  /// @param openFailure why its volumes are not open although it is Primary
  static List<Alert> ofNode(MirrorStatus mirror, Optional<String> openFailure) {
    List<Alert> alerts = new ArrayList<>();
    String node = mirror.nodeName();
    openFailure.ifPresent(
        why ->
            alerts.add(
                new Alert(
                    Alert.CRITICAL,
                    node,
                    "volumes-closed",
                    "Node " + node + " is Primary but serves no volumes: " + why + ".",
                    "")));
    disk(mirror).ifPresent(alerts::add);
    connection(mirror).ifPresent(alerts::add);
    for (String sentence : mirror.alerts()) {
      alerts.add(new Alert(Alert.WARNING, node, "metadata", sentence, ""));
    }
    return alerts;
  }

  private static Optional<Alert> disk(MirrorStatus mirror) {
    String node = mirror.nodeName();
    return switch (mirror.diskState()) {
      case FAILED, DISKLESS ->
          Optional.of(
              new Alert(
                  Alert.CRITICAL,
                  node,
                  "disk-failed",
                  "The disk of node " + node + " has failed.",
                  "Replace it, then lay it out anew with lockstepd init --join."));
      case OUTDATED ->
          Optional.of(
              new Alert(
                  Alert.WARNING,
                  node,
                  "outdated",
                  "The data of node " + node + " is older than the other node's.",
                  "Connect the nodes; only what differs is copied."));
      case INCONSISTENT ->
          Optional.of(
              new Alert(
                  Alert.WARNING,
                  node,
                  "inconsistent",
                  "The copy on node " + node + " is not complete.",
                  "It is being filled, or waits for the other node."));
      case ATTACHING, NEGOTIATING, DUNKNOWN, CONSISTENT, UP_TO_DATE -> Optional.empty();
    };
  }

  private static Optional<Alert> connection(MirrorStatus mirror) {
    String node = mirror.nodeName();
    boolean splitBrain = mirror.splitBrain();
    if (mirror.connectionState() == ConnectionState.STAND_ALONE) {
      return Optional.of(
          new Alert(
              splitBrain ? Alert.CRITICAL : Alert.WARNING,
              node,
              splitBrain ? "split-brain" : "stand-alone",
              "Node " + node + " does not look for the other node: " + mirror.reason() + ".",
              splitBrain
                  ? "Choose the node whose changes are given up and run there:"
                      + " lockstep mirror connect --node N --discard-my-data; then lockstep mirror"
                      + " connect on the other one."
                  : "Run lockstep mirror connect --node " + node + "."));
    }
    boolean away =
        mirror.connectionState() == ConnectionState.CONNECTING
            || mirror.connectionState() == ConnectionState.UNCONNECTED;
    if (away && !mirror.reason().isEmpty()) {
      return Optional.of(
          new Alert(
              Alert.WARNING,
              node,
              "peer-refused",
              "Node " + node + " has reached a node that does not fit: " + mirror.reason() + ".",
              ""));
    }
    if (away && mirror.diskState() == DiskState.UP_TO_DATE && mirror.role() == Role.PRIMARY) {
      return Optional.of(
          new Alert(
              Alert.WARNING,
              node,
              "peer-away",
              "Node " + node + " serves alone: the other node cannot be reached.",
              "Start the other node; only what differs will be copied."));
    }
    return Optional.empty();
  }

  /// What both nodes together show.
  static List<Alert> ofPair(List<NodeStatus> nodes) {
    boolean primary = nodes.stream().anyMatch(node -> node.role().equals("Primary"));
    if (primary) {
      return List.of();
    }
    boolean met = nodes.stream().allMatch(node -> node.state().equals(NodeStatus.RUNNING));
    return List.of(
        new Alert(
            Alert.CRITICAL,
            "",
            "no-primary",
            "Neither node is known to be Primary, so no volume is served.",
            met
                ? "Promote one with lockstep mirror promote --node N."
                : "Start the other node; if it is gone for good, promote this one with lockstep"
                    + " mirror promote --node N."));
  }
}
