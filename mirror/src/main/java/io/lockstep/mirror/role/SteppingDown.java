package io.lockstep.mirror.role;

import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.state.Term;
import io.lockstep.mirror.write.WritePath;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A Primary leaves its role: for a planned switch, on command, or at the end.
///
/// ```
///   probe ─► users released ─► changes ended, flushed ─► log emptied, noted ─► Secondary
///   └─────────── within the limit, or it stays Primary ───────────┘
/// ```
///
/// The probe is a flush, while everything is served as before: a disk that stands still is found
/// out before anybody is sent away. If the limit passes later, the users are let in again
/// ([MirrorListener#becamePrimary]), and whoever asked is refused. From the first record on nothing
/// can be taken back before the disk has answered: whoever asked is refused all the same, and the
/// node serves again, in a new term of its own, as soon as the record has come back. So it does if
/// the other node had asked for the role, and the link is lost before that has been answered.
/// Belongs to the mirror's loop.
final class SteppingDown {
  /// What to do when it did not end in time.
  static final String ACTION =
      "look at that disk; if it does not come back, stop that node and promote the other";

  private final Loop loop;
  private final NodeIdentity identity;
  private final Ledger ledger;
  private final LocalCopy copy;
  private final MirrorConfig config;
  private final OwnRole role;
  private final PeerConnection connection;
  private final WritePath writes;
  private final Notices notices;
  private final MirrorListener listener;
  private final Runnable serving;
  private @Nullable Attempt attempt;

  SteppingDown(Outside outside, Side side, WritePath writes, Runnable serving) {
    this.loop = outside.loop();
    this.identity = side.identity();
    this.ledger = side.ledger();
    this.copy = side.copy();
    this.config = outside.config();
    this.role = side.role();
    this.connection = side.connection();
    this.writes = writes;
    this.notices = outside.notices();
    this.listener = outside.listener();
    this.serving = serving;
  }

  /// @param term the term that is noted; its Primary is `primaryNode`
  /// @param done the node is Secondary
  /// @param kept the node stays Primary, with the reason
  void begin(long term, int primaryNode, Runnable done, Consumer<String> kept) {
    role.busy(true);
    connection.ownStateChanges("the Primary steps down");
    var fresh = new Attempt(term, primaryNode, done, kept);
    attempt = fresh;
    fresh.timer = loop.schedule(fresh::outOfTime, config.limits().roleChangeNanosMax());
    writes.epochs().settle(_ -> fresh.probed());
  }

  /// The role has ended at once, and nothing is left to step down from.
  void abandon() {
    Attempt now = attempt;
    if (now != null) {
      now.end();
      role.busy(false);
      if (!now.refused) { // Whoever asked has been answered.
        now.kept.accept("the node has given way to another Primary");
      }
    }
  }

  /// The other node has asked for the role, and cannot be told any more that it may have it.
  void linkLost() {
    Attempt now = attempt;
    if (now != null && now.primaryNode == identity.peerId()) {
      now.refuse("the link was lost");
    }
  }

  private enum Phase {
    /// Everything is served as before.
    PROBING,
    /// The users of the device are told to go, or what they left is ending.
    DRAINING,
    /// The superblock or the log is being written.
    RECORDING
  }

  private final class Attempt {
    private final long term;
    private final int primaryNode;
    private final Runnable done;
    private final Consumer<String> kept;
    private Phase phase = Phase.PROBING;
    private boolean refused;
    private Loop.@Nullable Timer timer;

    Attempt(long term, int primaryNode, Runnable done, Consumer<String> kept) {
      this.term = term;
      this.primaryNode = primaryNode;
      this.done = done;
      this.kept = kept;
    }

    @SuppressWarnings("ReferenceEquality")
    private boolean isOver() {
      return attempt != this;
    }

    private void end() {
      attempt = null;
      Loop.Timer running = timer;
      if (running != null) {
        running.cancel();
      }
    }

    void probed() {
      if (!isOver()) {
        phase = Phase.DRAINING;
        listener.leavingPrimary(this::released);
      }
    }

    private void released() {
      if (!isOver()) {
        role.accepting(false);
        writes.whenIdle(this::drained);
      }
    }

    private void drained() {
      if (!isOver()) {
        writes.epochs().settle(_ -> flushed());
      }
    }

    private void flushed() {
      if (isOver()) {
        return;
      }
      if (copy.isFailed()) {
        steppedDown();
        return;
      }
      phase = Phase.RECORDING;
      copy.metadata()
          .cleanLog(
              _ ->
                  ledger.update(
                      now -> now.withTerm(Math.max(term, now.term()), primaryNode),
                      this::recorded));
    }

    /// A record that failed has failed the disk too: nobody relies on it any more.
    private void recorded(IoResult result) {
      if (isOver()) {
        return;
      }
      if (refused && result.isOk() && !role.isEnding()) {
        serveAgain();
      } else {
        steppedDown();
      }
    }

    private void steppedDown() {
      end();
      role.to(Role.SECONDARY, "it has stepped down");
      role.accepting(false);
      role.busy(false);
      notices.changed();
      if (refused) {
        connection.sendState();
      } else {
        done.run();
      }
    }

    void outOfTime() {
      refuse(
          "an operation on the disk of node %s has not ended within %d s"
              .formatted(config.nodeName(), config.limits().roleChangeNanosMax() / 1_000_000_000L));
    }

    void refuse(String why) {
      if (isOver() || refused) {
        return;
      }
      refused = true;
      switch (phase) {
        case PROBING -> {
          end();
          role.busy(false);
        }
        case DRAINING -> {
          end();
          writes.cancelWhenIdle();
          role.busy(false);
          if (!role.isEnding()) {
            serving.run();
          }
        }
        case RECORDING -> {}
      }
      kept.accept(why);
    }

    /// What was noted names another term, and perhaps another Primary.
    private void serveAgain() {
      ledger.update(
          now -> now.withTerm(Term.next(now.term(), identity.nodeId()), identity.nodeId()),
          _ -> {
            if (isOver()) {
              return;
            }
            end();
            role.busy(false);
            serving.run();
          });
    }
  }
}
