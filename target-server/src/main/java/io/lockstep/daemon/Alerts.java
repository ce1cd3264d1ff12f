package io.lockstep.daemon;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.api.UnreadablePlace;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.peers.ControlView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a person should know, from what a node knows of its mirror. Pure.
final class Alerts {
  /// Places named in a sentence; the status has more of them.
  private static final int PLACES_MAX = 3;

  private Alerts() {}

  /// What this node says about itself.
  ///
  /// @param openFailure why its volumes are not open although it is Primary
  /// @param unreadable blocks that no node can read, if there are any
  static List<Alert> ofNode(
      MirrorStatus mirror, Optional<String> openFailure, Optional<UnreadableInfo> unreadable) {
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
    unreadable.flatMap(blocks -> unreadable(mirror, blocks)).ifPresent(alerts::add);
    readFromPeer(mirror).ifPresent(alerts::add);
    mirror.alerts().stream()
        .filter(sentence -> !hasItsOwnAlert(sentence, mirror, unreadable))
        .forEach(sentence -> alerts.add(new Alert(Alert.WARNING, node, "noted", sentence, "")));
    return alerts;
  }

  /// What the mirror noted in words, and an alert with a code tells better.
  private static boolean hasItsOwnAlert(
      String sentence, MirrorStatus mirror, Optional<UnreadableInfo> unreadable) {
    return sentence.equals(mirror.reason())
        || (mirror.blocksReadFromPeer() > 0 && sentence.contains("read from the other node"))
        || (unreadable.isPresent() && sentence.contains("was given up"));
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
                  replacing(mirror)));
      case OUTDATED ->
          Optional.of(
              new Alert(
                  Alert.WARNING,
                  node,
                  "outdated",
                  "The data of node " + node + " is older than the other node's.",
                  "Connect the nodes; only what differs is copied. Only if the other disk is gone"
                      + " for good: lockstep mirror promote --force --node "
                      + node
                      + "."));
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

  /// What to do about a disk, which depends on whether there is another good copy.
  private static String replacing(MirrorStatus mirror) {
    if (mirror.peerDiskState() != DiskState.UP_TO_DATE) {
      return "Keep this disk: no other complete copy is known. Bring the other node back first; if"
          + " nothing else holds the data, start this node again and promote it with --force.";
    }
    return (mirror.role() == Role.PRIMARY
            ? "Promote the other node, whose copy is complete, then replace"
            : "The other node's copy is complete. Replace")
        + " the disk and lay the new one out with lockstepd init --join.";
  }

  /// Told by the node whose disk it is, or, once they are given up, by the one that serves.
  private static Optional<Alert> unreadable(MirrorStatus mirror, UnreadableInfo unreadable) {
    String node = mirror.nodeName();
    String places =
        unreadable.first().stream()
            .limit(PLACES_MAX)
            .map(UnreadablePlace::text)
            .collect(Collectors.joining("; "));
    if (unreadable.blocks() > 0) {
      boolean filled = mirror.connectionState() == ConnectionState.SYNC_TARGET;
      return filled
          ? Optional.empty()
          : Optional.of(
              new Alert(
                  Alert.CRITICAL,
                  node,
                  "unreadable-blocks",
                  "%s of node %s's disk cannot be read, so the other copy is not complete: %s."
                      .formatted(blocks(unreadable.blocks()), node, places),
                  "Keep this disk: it is the only whole copy. Have the hosts write these places"
                      + " anew (restore the files there); or give them up with lockstep mirror"
                      + " accept-loss --node "
                      + node
                      + "."));
    }
    return mirror.peerRole().equals(Optional.of(Role.PRIMARY))
        ? Optional.empty()
        : Optional.of(
            new Alert(
                Alert.WARNING,
                node,
                "lost-blocks",
                "The content of %s was given up; reading there is an error: %s."
                    .formatted(blocks(unreadable.acceptedBlocks()), places),
                "Have the hosts write these places anew (restore the files there)."));
  }

  private static Optional<Alert> readFromPeer(MirrorStatus mirror) {
    return mirror.blocksReadFromPeer() == 0
        ? Optional.empty()
        : Optional.of(
            new Alert(
                Alert.WARNING,
                mirror.nodeName(),
                "read-from-peer",
                "Node %s could not read %s of its disk; the other node's content was given and"
                        .formatted(mirror.nodeName(), blocks(mirror.blocksReadFromPeer()))
                    + " written back.",
                "If more come, the disk is wearing out. " + replacing(mirror)));
  }

  private static String blocks(long count) {
    return count == 1 ? "1 block" : count + " blocks";
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
                  ? "Choose the node whose changes are given up. Demote it if it is Primary, run"
                      + " lockstep mirror connect --node N --discard-my-data, then lockstep"
                      + " mirror connect on the other one."
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
              "Node " + node + " does not go on with the other node: " + mirror.reason() + ".",
              "Both try again every few seconds."));
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
            new Alert(
                Alert.WARNING,
                node,
                "control-refused",
                "Node %s and the node at %s do not talk: %s."
                    .formatted(node, one.address(), one.why()),
                "Correct it on one of the nodes; both try again every few seconds."));
      } else if (up) {
        alerts.add(
            new Alert(
                Alert.WARNING,
                node,
                "address-lost",
                "Node %s does not hear node %s at %s: %s."
                    .formatted(node, peer, one.address(), one.why()),
                "Check cable, switch and card of that network; the other one carries on."));
      }
    }
    return alerts;
  }

  /// That a node's disk is slow, fails or forgets on purpose.
  ///
  /// @param on the test switches of its configuration that are on
  static Optional<Alert> diskTests(String node, List<String> on) {
    return on.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Alert(
                Alert.WARNING,
                node,
                "disk-tests",
                "Node %s has filters for tests around its disk: %s."
                    .formatted(node, String.join(", ", on)),
                "Take the section test: out of its configuration and start it again."));
  }

  /// What both nodes together show.
  ///
  /// @param sides those of the mirror
  static List<Alert> ofPair(List<NodeStatus> nodes, List<SideStatus> sides) {
    if (sides.stream().anyMatch(SideStatus::serves)) {
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
