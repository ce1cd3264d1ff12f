package io.lockstep.mirror;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.wire.Frame;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Epochs on the Primary: when one ends, when both disks are stable behind it, and the flushes that
/// initiators ask for.
///
/// A write that starts after another was completed is in a later epoch (I8). What is not stable on
/// both disks is remembered in [Unretired], and is what becomes out of sync when the link is lost
/// (I2). A flush is a barrier on the peer and a flush here (I13). Belongs to the mirror's loop.
final class Epochs {
  /// Writes in one epoch (DRBD's max-epoch-size).
  static final int EPOCH_WRITES_MAX = 2048;

  private final Node node;
  private final WritePath writes;
  private final MirrorConfig.Limits limits;
  private final Unretired unretired;
  private final ArrayList<Flush> flushes = new ArrayList<>();

  private long epoch = 1;
  private int epochWrites;
  private boolean epochHasCompletion;
  private long peerFlushedEpoch;
  private long localFlushedEpoch;
  private boolean retiring;
  private Loop.@Nullable Timer idleTimer;

  Epochs(Node node, WritePath writes) {
    this.node = node;
    this.writes = writes;
    this.limits = node.config.limits();
    this.unretired = new Unretired(limits.unretiredWritesMax());
  }

  /// For [Metadata#serve]: what the activity log may forget.
  long retiredEpoch() {
    return unretired.retiredEpoch();
  }

  /// Whether no flush is under way.
  boolean isIdle() {
    return flushes.isEmpty();
  }

  /// Whether `more` writes would still find a place among the unretired.
  boolean hasPlaceFor(int more) {
    return unretired.count() + more < limits.unretiredWritesMax();
  }

  /// So many writes wait for a barrier that others wait for them.
  boolean isCrowded() {
    return unretired.count() > limits.unretiredWritesMax() / 2;
  }

  /// A write begins: the epoch it belongs to.
  long join() {
    if (epochHasCompletion || epochWrites >= EPOCH_WRITES_MAX) {
      closeEpoch();
    }
    epochWrites++;
    if (idleTimer == null) {
      idleTimer = node.loop.schedule(this::idle, limits.idleBarrierNanos());
    }
    return epoch;
  }

  /// A write goes to the peer too.
  void replicated(Change change) {
    unretired.add(change.offset, change.length, change.epoch);
  }

  /// A write is about to be completed upward.
  void completing(Change change) {
    if (change.epoch == epoch) {
      epochHasCompletion = true;
    }
  }

  private void closeEpoch() {
    if (node.connection.peerTakesPart()) {
      node.connection.send(new Frame.Barrier(epoch));
    } else {
      peerFlushedEpoch = epoch;
    }
    epoch++;
    epochWrites = 0;
    epochHasCompletion = false;
  }

  /// SYNCHRONIZE CACHE: stable on every disk of the in-sync set (I13).
  void flush(Completion completion) {
    var flush = new Flush(completion);
    flushes.add(flush);
    flush.start();
  }

  /// The peer has flushed everything up to `flushedEpoch`.
  ///
  /// @return false if that epoch was never closed
  boolean barrierAcknowledged(long flushedEpoch) {
    if (flushedEpoch >= epoch) {
      return false;
    }
    peerFlushedEpoch = Math.max(peerFlushedEpoch, flushedEpoch);
    retired();
    checkFlushes();
    if (unretired.count() > limits.unretiredWritesMax() / 4) {
      retire();
    }
    return true;
  }

  /// Closes the epoch and flushes here, so that writes can be forgotten.
  void retire() {
    if (retiring || unretired.isEmpty() || node.isFailed()) {
      return;
    }
    if (epochWrites > 0) {
      closeEpoch();
    }
    retiring = true;
    long candidate = locallyCompleteEpoch();
    node.disk.flush(
        result -> {
          retiring = false;
          if (!result.isOk()) {
            node.diskFailed(result);
            return;
          }
          localFlushed(candidate);
        });
  }

  private void localFlushed(long candidate) {
    localFlushedEpoch = Math.max(localFlushedEpoch, candidate);
    retired();
  }

  private void retired() {
    unretired.retireThrough(Math.min(peerFlushedEpoch, localFlushedEpoch));
    node.metadata.pumpLog();
    writes.pump();
  }

  /// The newest epoch with nothing under way on the local disk.
  private long locallyCompleteEpoch() {
    long open = epochWrites > 0 ? epoch : Long.MAX_VALUE;
    long oldest = Math.min(open, writes.oldestLocalEpoch());
    return oldest == Long.MAX_VALUE ? epoch - 1 : oldest - 1;
  }

  private void idle() {
    idleTimer = null;
    if (!unretired.isEmpty() && !node.isFailed()) {
      retire();
      idleTimer = node.loop.schedule(this::idle, limits.idleBarrierNanos());
    }
  }

  /// The peer no longer takes part: everything it may lack becomes out of sync, acknowledged or
  /// not.
  void linkLost() {
    unretired.markDirty(node.metadata.bitmap());
  }

  /// Flushes that wait for the peer, or for a generation, look again.
  void checkFlushes() {
    for (Flush flush : new ArrayList<>(flushes)) {
      flush.check();
    }
  }

  /// The peer takes part from now on: what comes next is a new epoch.
  void linkReady() {
    if (epochWrites > 0) {
      peerFlushedEpoch = Math.max(peerFlushedEpoch, epoch);
      epoch++;
      epochWrites = 0;
      epochHasCompletion = false;
    }
  }

  /// A flush under way: a barrier on the peer, a flush here.
  private final class Flush {
    private final Completion completion;
    private long barrier;
    private boolean overLink;
    private @Nullable IoResult local;

    Flush(Completion completion) {
      this.completion = completion;
    }

    void start() {
      overLink = node.connection.peerTakesPart();
      barrier = epoch;
      closeEpoch();
      long candidate = locallyCompleteEpoch();
      if (node.isFailed()) {
        IoResult failed = node.failure();
        node.loop.execute(() -> ended(failed));
        return;
      }
      node.disk.flush(
          result -> {
            if (result.isOk()) {
              localFlushed(candidate);
            }
            ended(result);
          });
    }

    private void ended(IoResult result) {
      local = result;
      if (!result.isOk()) {
        node.diskFailed(result);
      }
      check();
    }

    void check() {
      IoResult result = local;
      if (result == null || !flushes.contains(this)) {
        return;
      }
      if (result.isOk() && !stableOnPeer()) {
        return;
      }
      flushes.remove(this);
      completion.completed(result);
      writes.checkIdle();
    }

    /// Whether the peer has flushed, or is out of the in-sync set, durably.
    private boolean stableOnPeer() {
      if (overLink && peerFlushedEpoch >= barrier) {
        return true;
      }
      if (overLink && node.connection.peerTakesPart() && !linkChanged()) {
        return false;
      }
      if (node.metadata.bitmap().setCount() == 0 || node.generations.isAlone()) {
        return true;
      }
      node.generations.startAlone();
      return false;
    }

    private boolean linkChanged() {
      return node.connection.linkNumber() != linkNumber;
    }

    private final long linkNumber = node.connection.linkNumber();
  }
}
