package io.lockstep.mirror.role;

import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Term;
import java.util.Optional;

/// What stands against a promotion, and what to do about it; and what is known when one is done
/// without the other node. Belongs to the mirror's loop.
final class PromotionRefusals {
  private final NodeIdentity identity;
  private final Ledger ledger;
  private final LocalCopy copy;
  private final String nodeName;

  PromotionRefusals(Side side, String nodeName) {
    this.identity = side.identity();
    this.ledger = side.ledger();
    this.copy = side.copy();
    this.nodeName = nodeName;
  }

  CommandResult.Refused because(String why, String action) {
    return new CommandResult.Refused("node " + nodeName + " was not promoted", why, action);
  }

  /// @param force whether a person takes the loss of what an Outdated disk lacks, or of what one
  ///     that has failed before may have lost
  Optional<CommandResult.Refused> unfit(boolean force) {
    String disk = "its disk is " + copy.diskState().label();
    if (copy.isFailed() || (copy.superblock().failed() && !force)) {
      return Optional.of(
          because(
              "its disk has failed, and may have lost what was written to it",
              "promote the other node and replace this disk, or connect it and let it be filled;"
                  + " where nothing else holds the data, --force after a restart goes on with what"
                  + " this disk holds"));
    }
    if (Term.next(ledger.term(), identity.nodeId()) > Term.MAX) {
      return Optional.of(because("there is no higher term left", "initialise the pair anew"));
    }
    return switch (copy.diskState()) {
      case UP_TO_DATE, CONSISTENT -> Optional.empty();
      case INCONSISTENT ->
          Optional.of(
              because(
                  disk + ": a resync to it has not ended",
                  "let the resync end, or bring back the node that was its source"));
      case OUTDATED ->
          force
              ? Optional.empty()
              : Optional.of(
                  because(
                      disk + ": the other node has newer data",
                      "promote the other node, or connect this one and let it resync; --force while"
                          + " they are not connected gives up what the other node wrote since"));
      case DISKLESS, ATTACHING, FAILED, NEGOTIATING, DUNKNOWN ->
          Optional.of(because(disk, "promote the other node and replace this disk"));
    };
  }

  CommandResult.Refused stillBusy() {
    return because("the nodes are still meeting, or changing roles", "try again in a moment");
  }

  CommandResult.Refused atTheEnd() {
    return because("it is shutting down", "start it again, or promote the other node");
  }

  CommandResult.Refused linkLostMeanwhile() {
    return because(
        "the link to the other node was lost during the switch",
        "make sure that the other node is down, then promote again");
  }

  /// @param where the other node takes connections
  CommandResult.Refused frozen(String where, long seconds) {
    return because(
        "the other node takes connections at %s and has said nothing for %d s: it stands still,"
                .formatted(where, seconds)
            + " may be Primary, and goes on where it stood when it wakes",
        "let it go on; or fence it, by its power or by killing its process, and promote again; or"
            + " use --force: this node serves at once; when the other one wakes and they meet, one"
            + " of them stops: the one that no host has written to, else the other one; then you"
            + " choose whose changes are given up");
  }

  /// What is known of a node that stands still, for whoever goes on without it.
  static String mute(String where) {
    return "the other node takes connections at "
        + where
        + " and says nothing; if it wakes as Primary, the one of the two that no host has written"
        + " to stops when they meet: let hosts write here, or fence it";
  }

  /// What is known, and what it may mean.
  ///
  /// @param heardOfPeer what the other node has said, or that it has not
  /// @param aloneFor since when this node is alone
  String note(String heardOfPeer, String aloneFor) {
    var note = new StringBuilder(heardOfPeer);
    note.append("; ").append(aloneFor);
    note.append("; what it has written since is missing here, and if it goes on, or has gone on,")
        .append(" the two are now split");
    if (copy.diskState() == DiskState.OUTDATED) {
      note.append(
          "; this disk is Outdated: the other node had gone on without it, and what it wrote"
              + " then is given up");
    } else if (copy.superblock().failed()) {
      note.append("; this disk has failed before, and what it lost then is given up");
    } else if (copy.diskState() == DiskState.CONSISTENT) {
      note.append("; this disk is Consistent only: it has not met the other since its start");
    }
    return note.toString();
  }

  CommandResult.Refused diskStandsStill() {
    return because(
        "an operation of the last Primary has not come back from the disk: it could land on top of"
            + " what is written next",
        "look at the disk of node " + nodeName + ", and promote again");
  }

  /// The other node may have stepped down for this one by now: then neither serves, and a person
  /// promotes that one again.
  CommandResult.Refused failedMeanwhile() {
    return because(
        "its disk has failed meanwhile", "promote the other node again and replace this disk");
  }
}
