package io.lockstep.mirror.write;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.wire.Frame;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/// Epochs on the Primary: what lies between two flush barriers, when both disks are stable behind
/// one, and the flushes that initiators ask for.
///
/// Nothing is flushed that nobody asked for. A barrier goes to the peer for a flush of a host or of
/// a demotion, to make room (log, unretired places), and when the mirror has become idle. No order
/// is kept by it: under C a write that depends on another begins after that one has ended on both
/// disks (I8).
///
/// A write is *retired* when each disk has done a flush that began after the write had ended there.
/// The peer's word for that is its answer to a barrier of the present link and nothing else. Until
/// then the write is remembered in [Unretired], and is out of sync when the link is lost (I2).
/// Belongs to the mirror's loop.
public final class Epochs {
  /// Whoever waits for room, or for the end of all flushes.
  interface User {
    /// Writes may have been retired.
    void retired();

    void flushEnded();
  }

  private final Loop loop;
  private final LocalCopy copy;
  private final MirrorConfig.Limits limits;
  private final PeerConnection connection;
  private final AloneGeneration generations;
  private final OwnRole role;
  private final InFlight inFlight;
  private final User user;
  private final Unretired unretired;
  private final ArrayList<Flush> flushes = new ArrayList<>();

  /// The one that new writes belong to.
  private long epoch = 1;

  private boolean epochHasWrites;

  /// The first one of the present link.
  private long linkEpoch = 1;

  /// The last one that ended with a barrier.
  private long barrierEpoch;

  private long peerFlushedEpoch;
  private long localFlushedEpoch;

  /// Which one is being retired; 0 if none is.
  private long retiringEpoch;

  /// Writes of it, or of earlier ones, that are under way on the local disk.
  private int retiringWrites;

  private long joined;
  private long joinedAtLastLook;
  private Loop.@Nullable Timer idleTimer;

  Epochs(Outside outside, Side side, AloneGeneration generations, InFlight inFlight, User user) {
    this.loop = outside.loop();
    this.copy = side.copy();
    this.limits = outside.config().limits();
    this.connection = side.connection();
    this.generations = generations;
    this.role = side.role();
    this.inFlight = inFlight;
    this.user = user;
    this.unretired = new Unretired(limits.unretiredWritesMax());
  }

  /// What the activity log may forget.
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

  /// So many writes wait to be retired that others will soon wait for them.
  boolean isCrowded() {
    return unretired.count() > limits.unretiredWritesMax() / 2;
  }

  /// A write begins: the epoch it belongs to.
  long join() {
    epochHasWrites = true;
    joined++;
    if (idleTimer == null) {
      watch();
    }
    return epoch;
  }

  /// A write goes to the peer too.
  void replicated(Change change) {
    unretired.add(change.offset, change.length, change.epoch);
  }

  // --- the peer's flushes ---

  /// Has the peer flush behind everything that was sent so far.
  ///
  /// @return the epoch whose acknowledgement says that it has done so
  private long barrier() {
    if (epochHasWrites || barrierEpoch < linkEpoch) {
      barrierEpoch = epoch;
      nextEpoch();
      connection.send(new Frame.Barrier(barrierEpoch));
    }
    return barrierEpoch;
  }

  private void nextEpoch() {
    epoch++;
    epochHasWrites = false;
  }

  /// The peer has flushed behind everything up to `flushedEpoch`.
  ///
  /// @return false if that was not asked for on this link
  public boolean barrierAcknowledged(long flushedEpoch) {
    boolean asked = flushedEpoch >= linkEpoch && flushedEpoch <= barrierEpoch;
    if (!asked || flushedEpoch <= peerFlushedEpoch) {
      return false;
    }
    peerFlushedEpoch = flushedEpoch;
    for (Flush flush : flushes) {
      flush.peerFlushed(flushedEpoch);
    }
    flushed();
    checkFlushes();
    return true;
  }

  /// The peer takes part from now on: what comes next is a new epoch.
  public void linkReady() {
    if (epochHasWrites) {
      nextEpoch();
    }
    linkEpoch = epoch;
  }

  /// The peer no longer takes part: everything it may lack becomes out of sync, acknowledged or
  /// not.
  void linkLost() {
    retiringEpoch = 0;
    unretired.markDirty(copy.bitmap());
  }

  // --- retiring ---

  /// Has both disks flush, so that writes can be forgotten.
  void retire() {
    boolean useful = !unretired.isEmpty() && connection.peerTakesPart() && !copy.isFailed();
    if (retiringEpoch != 0 || !useful) {
      return;
    }
    retiringEpoch = barrier();
    retiringWrites = inFlight.underWayLocally(retiringEpoch);
    if (retiringWrites == 0) {
      flushBehind(retiringEpoch);
    }
  }

  /// The local disk has ended a write.
  void localEnded(Change change) {
    if (change.epoch <= retiringEpoch && --retiringWrites == 0) {
      flushBehind(retiringEpoch);
    }
  }

  private void flushBehind(long ended) {
    copy.disk()
        .flush(
            result -> {
              if (result.isOk()) {
                localFlushed(ended);
              } else {
                copy.fail(result);
              }
            });
  }

  /// The local disk has done a flush that began when every write up to `ended` had ended.
  private void localFlushed(long ended) {
    localFlushedEpoch = Math.max(localFlushedEpoch, ended);
    flushed();
  }

  private void flushed() {
    long stable = Math.min(peerFlushedEpoch, localFlushedEpoch);
    unretired.retireThrough(stable);
    if (stable >= retiringEpoch) {
      retiringEpoch = 0;
    }
    copy.metadata().pumpLog();
    user.retired();
  }

  private void watch() {
    joinedAtLastLook = joined;
    idleTimer = loop.schedule(this::look, limits.idleBarrierNanos());
  }

  /// Looks whether the mirror has become idle.
  private void look() {
    idleTimer = null;
    if (unretired.isEmpty() || copy.isFailed()) {
      return;
    }
    if (joined == joinedAtLastLook) {
      retire();
    }
    watch();
  }

  // --- flushes from above ---

  /// SYNCHRONIZE CACHE: stable on every disk of the in-sync set (I13).
  public void flush(Completion completion) {
    start(new Flush(completion, true));
  }

  /// Makes stable what can be; for a Primary that steps down and promises nothing by it. What the
  /// peer lacks is in the bitmap then.
  public void settle(Completion completion) {
    start(new Flush(completion, false));
  }

  private void start(Flush flush) {
    flushes.add(flush);
    flush.start();
  }

  /// Flushes that wait for the peer, or for a generation, look again.
  void checkFlushes() {
    for (Flush flush : new ArrayList<>(flushes)) {
      flush.check();
    }
  }

  /// The newest epoch that has ended and has nothing under way on the local disk.
  private long locallyEndedEpoch() {
    return Math.min(epoch, inFlight.oldestLocalEpoch()) - 1;
  }

  /// A flush under way: one of the peer behind a barrier, one here.
  private final class Flush {
    private final Completion completion;

    /// Whether a host relies on it.
    private final boolean promised;

    /// Where the peer's answer must come from, and to which barrier; null if it took no part.
    private @Nullable PeerSession asked;

    private long barrier;
    private boolean onPeer;
    private boolean onLocal;
    private boolean answered;

    Flush(Completion completion, boolean promised) {
      this.completion = completion;
      this.promised = promised;
    }

    void start() {
      if (role.refusal() != null) {
        loop.execute(this::check);
        return;
      }
      if (connection.peerTakesPart()) {
        askPeer();
      }
      long ended = locallyEndedEpoch();
      copy.disk().flush(result -> flushedLocally(result, ended));
    }

    private void flushedLocally(IoResult result, long ended) {
      if (result.isOk()) {
        onLocal = true;
        localFlushed(ended);
      } else {
        copy.fail(result);
      }
      check();
    }

    void peerFlushed(long flushedEpoch) {
      boolean sameLink = asked != null && asked.isAlive();
      onPeer = onPeer || (sameLink && barrier <= flushedEpoch);
    }

    void check() {
      IoResult refusal = role.refusal();
      if (answered || (refusal == null && !(onLocal && isSafe()))) {
        return;
      }
      answered = true;
      flushes.remove(this);
      completion.completed(refusal == null ? IoResult.OK : refusal);
      user.flushEnded();
    }

    /// Whether the peer has flushed, or is out of the in-sync set, durably (I4).
    private boolean isSafe() {
      boolean takesPart = connection.peerTakesPart();
      if (onPeer) {
        return true;
      }
      if (takesPart && asked != null && asked.isAlive()) {
        return false; // Its answer comes, or the link is lost.
      }
      if (!promised || generations.isAlone()) {
        return true;
      }
      if (takesPart && copy.bitmap().setCount() == 0) {
        askPeer(); // They have met again since; what it has, or says that it lacks, is stable then.
        return onPeer;
      }
      generations.startAlone();
      return false;
    }

    private void askPeer() {
      asked = connection.session();
      barrier = barrier();
      onPeer = barrier <= peerFlushedEpoch;
    }
  }
}
