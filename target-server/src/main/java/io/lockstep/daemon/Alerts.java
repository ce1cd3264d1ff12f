package io.lockstep.daemon;

import io.lockstep.block.disk.FileSpace;
import io.lockstep.control.api.Alert;
import io.lockstep.peers.ControlView;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a person should know of a node, beside what its mirror tells:
/// [io.lockstep.node.MirrorAlerts]. Pure.
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

  /// The mirrors of the other node that this one is not configured with: they have no second copy.
  /// Told by the node that lacks them, so that it is said once.
  static List<Alert> mirrorsMissing(
      String node, List<String> mirrors, String peer, List<String> peerMirrors) {
    return peerMirrors.stream()
        .filter(mirror -> !mirrors.contains(mirror))
        .map(
            mirror ->
                Alert.of(
                        Alert.WARNING,
                        "mirror-missing",
                        node,
                        "Mirror %s of node %s is not configured on node %s."
                            .formatted(mirror, peer, node),
                        ("Add it to node %s's configuration, lay out its disk there with lockstepd"
                                + " init --mirror %s --join, and restart that node.")
                            .formatted(node, mirror))
                    .about(mirror))
        .toList();
  }

  /// That a node's disk is slow, fails or forgets on purpose.
  ///
  /// @param on the test switches of its configuration that are on
  static Optional<Alert> diskTests(String node, List<String> on) {
    String switches = String.join(", ", on);
    return on.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Alert.of(
                    Alert.WARNING,
                    "disk-tests",
                    node,
                    "Node %s has filters for tests around its disk: %s.".formatted(node, switches),
                    "Take the section test: out of its configuration and start it again.")
                .because(switches));
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
                    "The disk of node %s has no room to be filled: %s."
                        .formatted(node, space.text()),
                    "Free space there, or enlarge that file system; a write that finds no room"
                        + " makes the disk fail.")
                .because(space.text()));
  }

  /// That nobody will know who has changed what.
  ///
  /// @param failure why the audit trail cannot be written
  static Optional<Alert> audit(String node, Optional<String> failure) {
    return failure.map(
        why ->
            Alert.of(
                    Alert.WARNING,
                    "audit-unwritten",
                    node,
                    "Node " + node + " cannot write its audit trail " + why + ".",
                    "Make room or correct audit.file and the rights of its directory; until then"
                        + " changes are in the daemon's log. It is tried again every few seconds.")
                .because(why));
  }

  /// What a node sees of who serves.
  enum Sight {
    /// A node is known to be Primary.
    SERVED,
    /// Both nodes are heard, and neither is Primary.
    NOT_SERVED,
    /// The other node is not heard: it may serve.
    UNSEEN,
    /// The other node is not heard, and was Primary when it was heard last.
    UNSEEN_PRIMARY
  }

  /// What both nodes together show. That no volume is served is said only where it is known.
  static Optional<Alert> ofPair(String node, String peer, Sight sight) {
    String unseen = "Node %s cannot see node %s, ".formatted(node, peer);
    String lookThere =
        ("Look at node %s itself. If it serves, mend the link: promoting node %s would split the"
                + " data. If it is down, start it; only if it is down for good, promote this one"
                + " with lockstep mirror promote --node %s.")
            .formatted(peer, node, node);
    return switch (sight) {
      case SERVED -> Optional.empty();
      case NOT_SERVED ->
          Optional.of(
              noPrimary(
                  "Neither node is Primary, so no volume is served.",
                  "Promote one with lockstep mirror promote --node N."));
      case UNSEEN ->
          Optional.of(
              noPrimary(
                  unseen + "so whether that one serves is not known; this one does not serve.",
                  lookThere));
      case UNSEEN_PRIMARY ->
          Optional.of(
              noPrimary(
                  unseen
                      + "which served when it was heard last, and may serve still; this one does"
                      + " not serve.",
                  lookThere));
    };
  }

  private static Alert noPrimary(String what, String action) {
    return Alert.of(Alert.CRITICAL, "no-primary", "", what, action);
  }
}
