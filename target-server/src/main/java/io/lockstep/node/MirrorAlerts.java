package io.lockstep.node;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.api.UnreadablePlace;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a person should know of a node's side of a mirror, folded from the mirror's events. What an
/// event has brought stands until another one ends it; what none ends stands until the node is
/// started again. Pure; belongs to the mirror's loop.
public final class MirrorAlerts {
  /// Places named in a sentence; the status has more of them.
  private static final int PLACES_MAX = 3;

  private final String node;
  private Role role = Role.SECONDARY;
  private DiskState disk;
  private String diskWhy = "";
  private Link link = Link.UNKNOWN;
  private String linkWhy = "";
  private Optional<String> refused = Optional.empty();
  private Optional<String> split = Optional.empty();
  private long readFromPeer;

  /// Whether the disk failed for want of space.
  private boolean lacksSpace;

  /// What was noted and stands, each in its place.
  private final Map<String, Alert> noted = new LinkedHashMap<>();

  /// What the connection comes to, as far as a person has to know.
  private enum Link {
    UNKNOWN,
    STAND_ALONE,
    AWAY,
    TOGETHER
  }

  /// What no event tells, and sentences need.
  ///
  /// @param peerDisk the other node's disk, as far as it is known
  /// @param peerIsPrimary whether the other node is known to serve
  /// @param isFilled whether this node is being filled from the other one
  /// @param unreadable blocks that no node can read, if there are any
  public record Facts(
      DiskState peerDisk,
      boolean peerIsPrimary,
      boolean isFilled,
      Optional<UnreadableInfo> unreadable) {}

  /// @param disk the state of its disk when it was attached
  public MirrorAlerts(String node, DiskState disk) {
    this.node = node;
    this.disk = disk;
  }

  // --- what has happened ---

  /// The mirror has told an event.
  public void happened(MirrorEvent event) {
    switch (event) {
      case MirrorEvent.RoleChanged(var _, Role to, String _) -> role(to);
      case MirrorEvent.DiskChanged(var _, DiskState to, String why) -> disk(to, why);
      case MirrorEvent.ConnectionChanged(var _, ConnectionState to, String why) ->
          connection(to, why);
      case MirrorEvent.Noted one -> noted(one);
    }
  }

  private void role(Role to) {
    role = to;
    switch (to) {
      case PRIMARY -> noted.remove("not-resumed");
      case SECONDARY -> noted.remove("writes-held");
    }
  }

  private void disk(DiskState to, String why) {
    disk = to;
    diskWhy = why;
    if (to == DiskState.UP_TO_DATE) {
      noted.remove("failed-before");
    }
  }

  private void connection(ConnectionState to, String why) {
    switch (to) {
      case STAND_ALONE -> {
        link = Link.STAND_ALONE;
        linkWhy = why;
        refused = Optional.empty();
      }
      case UNCONNECTED -> { // For a while, after a meeting that has come to nothing.
        link = Link.AWAY;
        refused = Optional.of(why);
      }
      case CONNECTING -> {
        if (link != Link.AWAY) {
          linkWhy = why;
        }
        link = Link.AWAY;
      }
      case CONNECTED,
          WF_BITMAP_S,
          WF_BITMAP_T,
          SYNC_SOURCE,
          SYNC_TARGET,
          PAUSED_SYNC_S,
          PAUSED_SYNC_T,
          VERIFY_S,
          VERIFY_T,
          AHEAD,
          BEHIND ->
          together(to);
    }
  }

  private void together(ConnectionState to) {
    link = Link.TOGETHER;
    refused = Optional.empty();
    noted.remove("gave-way");
    if (to == ConnectionState.CONNECTED) {
      noted.remove("promoted-by-force");
    }
  }

  private void noted(MirrorEvent.Noted event) {
    switch (event) {
      case MirrorEvent.MetadataDamaged(String part, String why) ->
          noted.put("metadata-damaged " + part, damaged(part, why));
      case MirrorEvent.NoSpaceLeft _ -> lacksSpace = true;
      case MirrorEvent.FailedBefore(String why) ->
          note("failed-before", sentence(why), "Look at its health.", why);
      case MirrorEvent.ReadFromPeer(long blocks, long _) -> readFromPeer = blocks;
      case MirrorEvent.SplitBrainFound(String why) -> split = Optional.of(why);
      case MirrorEvent.SplitBrainResolved _ -> split = Optional.empty();
      case MirrorEvent.PeerRefused(String why) -> refused = Optional.of(why);
      case MirrorEvent.WritesHeld(String why) -> noted.put("writes-held", held(why));
      case MirrorEvent.WritesReleased _ -> noted.remove("writes-held");
      case MirrorEvent.PromotedByForce(String why) ->
          note(
              "promoted-by-force",
              "Node " + node + " was promoted by force: " + why + ".",
              "",
              why);
      case MirrorEvent.GaveWay gaveWay ->
          note(
              "gave-way",
              "Node " + node + " has given way: " + gaveWay.why() + ".",
              "Decide whose changes are given up.",
              gaveWay.why());
      case MirrorEvent.NotResumed(String why) ->
          note(
              "not-resumed",
              "Node " + node + " could not resume as Primary: " + why + ".",
              "It tries again every few seconds.",
              why);
      case MirrorEvent.NotEndedInOrder(String why) ->
          note(
              "not-ended-in-order",
              "Node " + node + " did not end in order: " + why + ".",
              "",
              why);
      case MirrorEvent.ContentLost _,
          MirrorEvent.ResyncPaused _,
          MirrorEvent.ResyncUnpaused _,
          MirrorEvent.KeepParting _ -> {} // The status has the blocks; the parting stands already.
    }
  }

  private void note(String code, String what, String action, String why) {
    noted.put(code, alert(Alert.WARNING, code, what, action).because(why));
  }

  private Alert damaged(String part, String why) {
    return alert(
            Alert.WARNING,
            "metadata-damaged",
            why + ".",
            "A power cut during the last write does this. If there was none, check the disk.")
        .about(part)
        .because(why);
  }

  private Alert held(String why) {
    return alert(
            Alert.CRITICAL,
            "writes-held",
            "Node %s does not go on alone, and holds its hosts' writes back: %s."
                .formatted(node, why),
            "It asks again every second; bring the other node or the witness back.")
        .because(why);
  }

  private static String sentence(String why) {
    return Character.toUpperCase(why.charAt(0)) + why.substring(1) + ".";
  }

  // --- what stands ---

  /// What stands by now, in the words of now.
  public List<Alert> standing(Facts facts) {
    List<Alert> alerts = new ArrayList<>();
    disk(facts).ifPresent(alerts::add);
    connection().ifPresent(alerts::add);
    split.map(this::splitBrain).ifPresent(alerts::add);
    facts.unreadable.flatMap(blocks -> unreadable(facts, blocks)).ifPresent(alerts::add);
    readFromPeer(facts).ifPresent(alerts::add);
    noted.values().stream()
        .filter(one -> !(one.code().equals("not-resumed") && facts.peerIsPrimary))
        .forEach(alerts::add);
    return alerts;
  }

  private Alert alert(String severity, String code, String what, String action) {
    return Alert.of(severity, code, node, what, action);
  }

  private Optional<Alert> disk(Facts facts) {
    return switch (disk) {
      case FAILED, DISKLESS ->
          Optional.of(
              alert(
                      Alert.CRITICAL,
                      "disk-failed",
                      "The disk of node %s has failed%s."
                          .formatted(node, diskWhy.isEmpty() ? "" : ": " + diskWhy),
                      lacksSpace ? freeing(facts) : replacing(facts))
                  .because(diskWhy));
      case OUTDATED ->
          Optional.of(
              alert(
                      Alert.WARNING,
                      "outdated",
                      "The data of node " + node + " is older than the other node's.",
                      "Connect the nodes; only what differs is copied. Only if the other disk is"
                          + " gone for good: lockstep mirror promote --force --node "
                          + node
                          + ".")
                  .because(diskWhy));
      case INCONSISTENT ->
          Optional.of(
              alert(
                      Alert.WARNING,
                      "inconsistent",
                      "The copy on node " + node + " is not complete.",
                      completing())
                  .because(diskWhy));
      case ATTACHING, NEGOTIATING, DUNKNOWN, CONSISTENT, UP_TO_DATE -> Optional.empty();
    };
  }

  private String completing() {
    return switch (link) {
      case TOGETHER ->
          "Keep both nodes running: it is filled from the other one, and cannot serve alone"
              + " before that has ended.";
      case UNKNOWN, AWAY ->
          "Bring the other node back, or mend the link: it is filled from there, and cannot serve"
              + " alone before that has ended.";
      case STAND_ALONE ->
          "Connect the nodes, so that it is filled from the other one: lockstep mirror connect"
              + " --node "
              + node
              + ".";
    };
  }

  /// What to do about a disk, which depends on whether there is another good copy.
  private String replacing(Facts facts) {
    if (facts.peerDisk != DiskState.UP_TO_DATE) {
      return "Keep this disk: no other complete copy is known. Bring the other node back first; if"
          + " nothing else holds the data, start this node again and promote it with --force.";
    }
    return (role == Role.PRIMARY
            ? "Promote the other node, whose copy is complete, then replace"
            : "The other node's copy is complete. Replace")
        + " the disk and lay the new one out with lockstepd init --join.";
  }

  /// The same for one that is as good as before, and whose file system was full.
  private String freeing(Facts facts) {
    String again = "free space on the file system of this disk, and start node " + node + " again";
    if (facts.peerDisk != DiskState.UP_TO_DATE) {
      return "Keep this disk: no other complete copy is known. Bring the other node back; then "
          + again
          + ". If nothing else holds the data, promote this node with --force.";
    }
    return (role == Role.PRIMARY
            ? "Promote the other node, whose copy is complete. Then "
            : "The other node's copy is complete: ")
        + again
        + "; it is filled from the other one.";
  }

  private Alert splitBrain(String why) {
    return alert(
            Alert.CRITICAL,
            "split-brain",
            "Node " + node + " does not go on with the other node: " + matter(why) + ".",
            "Choose the node whose changes are given up. Demote it if it is Primary, run lockstep"
                + " mirror connect --node N --discard-my-data, then lockstep mirror connect on the"
                + " other one.")
        .because(why);
  }

  /// The reason without its advice, for which an alert has a place of its own.
  private static String matter(String why) {
    int advice = why.indexOf("; ");
    return advice < 0 ? why : why.substring(0, advice);
  }

  /// A split brain says it all.
  private Optional<Alert> connection() {
    if (split.isPresent()) {
      return Optional.empty();
    }
    return switch (link) {
      case UNKNOWN, TOGETHER -> Optional.empty();
      case STAND_ALONE ->
          Optional.of(
              alert(
                      Alert.WARNING,
                      "stand-alone",
                      "Node %s does not look for the other node%s."
                          .formatted(node, linkWhy.isEmpty() ? "" : ": " + linkWhy),
                      "Run lockstep mirror connect --node " + node + ".")
                  .because(linkWhy));
      case AWAY -> refused.map(this::refused).or(this::alone);
    };
  }

  private Alert refused(String why) {
    return alert(
            Alert.WARNING,
            "peer-refused",
            "Node " + node + " does not go on with the other node: " + why + ".",
            "Both try again every few seconds.")
        .because(why);
  }

  private Optional<Alert> alone() {
    return disk == DiskState.UP_TO_DATE && role == Role.PRIMARY
        ? Optional.of(
            alert(
                    Alert.WARNING,
                    "peer-away",
                    "Node " + node + " serves alone: the other node cannot be reached.",
                    "If the other node is down, start it; if it runs, mend the link. Only what"
                        + " differs will be copied.")
                .because(linkWhy))
        : Optional.empty();
  }

  /// Told by the node whose disk it is, or, once they are given up, by the one that serves.
  private Optional<Alert> unreadable(Facts facts, UnreadableInfo unreadable) {
    String places =
        unreadable.first().stream()
            .limit(PLACES_MAX)
            .map(UnreadablePlace::text)
            .collect(Collectors.joining("; "));
    if (unreadable.blocks() > 0) {
      return facts.isFilled
          ? Optional.empty()
          : Optional.of(
              alert(
                  Alert.CRITICAL,
                  "unreadable-blocks",
                  "%s of node %s's disk cannot be read, so the other copy is not complete: %s."
                      .formatted(blocks(unreadable.blocks()), node, places),
                  "Keep this disk: it is the only whole copy. Have the hosts write these places"
                      + " anew (restore the files there); or give them up with lockstep mirror"
                      + " accept-loss --node "
                      + node
                      + "."));
    }
    return facts.peerIsPrimary
        ? Optional.empty()
        : Optional.of(
            alert(
                Alert.WARNING,
                "lost-blocks",
                "The content of %s was given up; reading there is an error: %s."
                    .formatted(blocks(unreadable.acceptedBlocks()), places),
                "Have the hosts write these places anew (restore the files there)."));
  }

  private Optional<Alert> readFromPeer(Facts facts) {
    return readFromPeer == 0
        ? Optional.empty()
        : Optional.of(
            alert(
                Alert.WARNING,
                "read-from-peer",
                "Node %s could not read %s of its disk; the other node's content was given and"
                        .formatted(node, blocks(readFromPeer))
                    + " written back.",
                "If more come, the disk is wearing out. " + replacing(facts)));
  }

  private static String blocks(long count) {
    return count == 1 ? "1 block" : count + " blocks";
  }
}
