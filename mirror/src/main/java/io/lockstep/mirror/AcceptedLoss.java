package io.lockstep.mirror;

import io.lockstep.mirror.meta.LostBlocks;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A person's word that the content of the blocks for which a resync pauses is given up, so that
/// the pair can be whole again: recorded here, then zeroes on both disks by the resync itself
/// ([ResyncChunk]), then the record on the other disk before it becomes UpToDate ([LostRecords]
/// says why in this order). Belongs to the mirror's loop.
final class AcceptedLoss {
  private final Node node;
  private final ResyncSource source;
  private @Nullable Consumer<CommandResult> asked;

  AcceptedLoss(Node node, ResyncSource source) {
    this.node = node;
    this.source = source;
  }

  /// @param done called when the pair is whole, or it is known why it is not
  void accept(Consumer<CommandResult> done) {
    UnreadableBlocks unreadable = source.unreadable();
    if (unreadable.count() == 0) {
      done.accept(
          refused(
              "nothing on this node is known to be unreadable",
              "ask the node that is SyncSource, or let a resync find out"));
      return;
    }
    if (asked != null || !source.isPaused()) {
      done.accept(
          refused(
              "the resync has not yet read everything that can be read",
              "wait until its status says how many blocks could not be read"));
      return;
    }
    LostBlocks lost = node.lost().blocks();
    int together = lost.count() + unreadable.count();
    if (together > LostBlocks.BLOCKS_MAX) {
      done.accept(
          refused(
              together + " blocks would be lost, and at most " + LostBlocks.BLOCKS_MAX + " can be",
              "write the blocks anew, or restore the volumes to another disk"));
      return;
    }
    asked = done;
    int count = unreadable.count();
    long link = node.connection.linkNumber();
    node.lost()
        .give(
            unreadable.blocks(),
            result -> {
              if (!result.isOk()) {
                node.diskFailed(result);
                answer(refused(result.detail(), "replace the disk"));
                return;
              }
              node.alert(
                  "The content of "
                      + count
                      + " blocks was given up; reading them is an error until they are written"
                      + " again.");
              if (link == node.connection.linkNumber()) {
                source.retryUnreadable();
              }
            });
  }

  /// The link is lost: the next resync goes on by itself with what is recorded.
  void linkLost() {
    answer(
        new CommandResult.Done(
            "the link was lost meanwhile; the loss is accepted, and the next resync goes on with"
                + " it"));
  }

  void resyncEnded() {
    answer(new CommandResult.Done(""));
  }

  /// Everything was tried, zeroes too.
  void stillUnreadable(int count) {
    answer(
        refused(
            count + " blocks cannot be read even after they were written",
            "replace the disk when its data was saved"));
  }

  private void answer(CommandResult result) {
    Consumer<CommandResult> waiting = asked;
    asked = null;
    if (waiting != null) {
      waiting.accept(result);
    }
  }

  private CommandResult.Refused refused(String why, String action) {
    return new CommandResult.Refused(
        "the loss was not accepted on node " + node.config.nodeName(), why, action);
  }
}
