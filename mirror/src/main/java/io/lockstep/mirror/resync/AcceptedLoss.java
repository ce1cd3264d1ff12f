package io.lockstep.mirror.resync;

import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.meta.LostBlocks;
import io.lockstep.mirror.state.MirrorEvent;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A person's word that the content of the blocks for which a resync pauses is given up, so that
/// the pair can be whole again: recorded here, then zeroes on both disks by the resync itself
/// ([ResyncChunk]), then the record on the other disk before it becomes UpToDate (`LostRecords`
/// says why in this order). The person is answered within [#ANSWER_NANOS], whatever a disk does.
/// Belongs to the mirror's loop.
public final class AcceptedLoss implements ResyncWatcher {
  /// How long the record and the rest of the resync are waited for. A disk may take 8 seconds to
  /// say that it cannot write a sector.
  static final long ANSWER_NANOS = 30_000_000_000L;

  private final Loop loop;
  private final LocalCopy copy;
  private final PeerConnection connection;
  private final ResyncSource source;
  private final Notices notices;
  private final String nodeName;
  private @Nullable Consumer<CommandResult> asked;
  private Loop.@Nullable Timer timer;

  /// Whether the record is under way, for one who may have been answered already.
  private boolean recording;

  public AcceptedLoss(Outside outside, Side side, ResyncSource source) {
    this.loop = outside.loop();
    this.copy = side.copy();
    this.connection = side.connection();
    this.source = source;
    this.notices = outside.notices();
    this.nodeName = outside.config().nodeName();
    source.watch(this);
  }

  /// @param done called when the pair is whole, or it is known why it is not
  public void accept(Consumer<CommandResult> done) {
    UnreadableBlocks unreadable = source.unreadable();
    if (unreadable.count() == 0) {
      done.accept(
          refused(
              "nothing on this node is known to be unreadable",
              "ask the node that is SyncSource, or let a resync find out"));
      return;
    }
    if (asked != null || recording || !source.isPaused()) {
      done.accept(
          refused(
              "the resync has not yet read everything that can be read",
              "wait until its status says how many blocks could not be read"));
      return;
    }
    LostBlocks lost = copy.lost().blocks();
    int together = lost.count() + unreadable.count();
    if (together > LostBlocks.BLOCKS_MAX) {
      done.accept(
          refused(
              together + " blocks would be lost, and at most " + LostBlocks.BLOCKS_MAX + " can be",
              "write the blocks anew, or restore the volumes to another disk"));
      return;
    }
    asked = done;
    recording = true;
    timer = loop.schedule(this::outOfTime, ANSWER_NANOS);
    PeerSession session = connection.session();
    copy.lost().give(unreadable.blocks(), result -> recorded(result, session));
  }

  private void recorded(IoResult result, PeerSession session) {
    recording = false;
    if (!result.isOk()) {
      copy.fail(result);
      answer(refused(result.detail(), "replace the disk"));
      return;
    }
    notices.happened(
        new MirrorEvent.ContentLost(
            copy.lost().blocks().count(), "a person gave up what could not be read"));
    if (session.isAlive()) {
      source.retryUnreadable();
    }
  }

  private void outOfTime() {
    answer(
        recording
            ? refused(
                "the disk has not noted it in 30 seconds",
                "look at the status: it is still accepted if the disk notes it later")
            : new CommandResult.Done(
                "the loss is accepted; the resync has not ended within 30 seconds, and goes on"));
  }

  /// The link is lost: the next resync goes on by itself with what is recorded.
  @Override
  public void stopped() {
    answer(
        recording
            ? refused(
                "the link was lost before the disk had noted it",
                "look at the status when the nodes are connected: it is still accepted if the disk"
                    + " notes it later")
            : new CommandResult.Done(
                "the link was lost meanwhile; the loss is accepted, and the next resync goes on"
                    + " with it"));
  }

  @Override
  public void ended() {
    answer(new CommandResult.Done(""));
  }

  /// Everything was tried, zeroes too. While the loss is still being recorded it only means that a
  /// pass has ended which had begun before.
  @Override
  public void stillUnreadable(int count) {
    if (recording) {
      return;
    }
    answer(
        refused(
            count + " blocks cannot be read even after they were written",
            "replace the disk when its data was saved"));
  }

  private void answer(CommandResult result) {
    Consumer<CommandResult> waiting = asked;
    asked = null;
    Loop.Timer running = timer;
    timer = null;
    if (running != null) {
      running.cancel();
    }
    if (waiting != null) {
      waiting.accept(result);
    }
  }

  private CommandResult.Refused refused(String why, String action) {
    return new CommandResult.Refused("the loss was not accepted on node " + nodeName, why, action);
  }
}
