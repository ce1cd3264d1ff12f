package io.lockstep.mirror.write;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.copy.LogUser;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.wire.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The life of a write on the Primary (protocol C).
///
/// ```
///   place ─► its turn ───► hot extents ─► local disk ──────────────┐
///   (queue)  (RangeQueue) (activity log)  peer, if it takes part ──┴─► both done ─► completed
///                                         bitmap, if it does not ──► generation durable ─►
/// ```
///
/// Keeps I1 (completed only when both have it), I2 (extent hot, or bit set, before any disk or the
/// peer sees data), I4 (alone only under a durable generation), I8 (completed only when it has
/// ended on both disks, so that what depends on it begins later on both), I13 (see [Epochs]).
///
/// A write that a disk has keeps its buffer and its range until the disk gives it back, also when
/// the disk has failed or the link is lost. Belongs to the mirror's loop.
public final class WritePath implements LogUser, Change.Path, Epochs.User {
  /// Payload that may be under way to the peer at once.
  static final long BYTES_IN_FLIGHT_MAX = 64L << 20;

  private final Loop loop;
  private final Waits waits;
  private final LocalCopy copy;
  private final PeerConnection connection;
  private final AloneGeneration generations;
  private final OwnRole role;
  private final RangeQueue ranges;
  private final MirrorConfig.Limits limits;
  private final Epochs epochs;
  private final ReadPath reads;
  private final ArrayDeque<Change> spare = new ArrayDeque<>();
  private final ArrayDeque<Change> queued = new ArrayDeque<>();
  private final ArrayDeque<Change> cold = new ArrayDeque<>();
  private final InFlight inFlight = new InFlight();
  private final ArrayDeque<Change> awaitingGeneration = new ArrayDeque<>();

  private long sequence;
  private boolean pumping;
  private long bytesInFlight;
  private int active;

  /// Those of the active that have a place: they wait for their range or their extents, or run.
  private int admitted;

  private @Nullable Runnable whenIdle;
  private RangeListener written = (_, _) -> {};

  public WritePath(
      Outside outside,
      Side side,
      AloneGeneration generations,
      PeerReads peerReads,
      RangeQueue ranges) {
    this.loop = outside.loop();
    this.copy = side.copy();
    this.connection = side.connection();
    this.generations = generations;
    this.role = side.role();
    this.waits = outside.waits();
    this.ranges = ranges;
    this.limits = outside.config().limits();
    this.epochs = new Epochs(outside, side, generations, inFlight, this);
    this.reads = new ReadPath(copy, role, inFlight, peerReads, this::checkIdle);
  }

  /// `listener` is told of each change that has ended.
  public void whenWritten(RangeListener listener) {
    written = listener;
  }

  /// Hears of bytes of the replicated space.
  public interface RangeListener {
    void written(long offset, long length);
  }

  /// Its flushes, and what is not yet stable on both disks.
  public Epochs epochs() {
    return epochs;
  }

  /// What reads beside it.
  public ReadPath reads() {
    return reads;
  }

  /// Whether nothing is under way or waiting, reads and flushes included. A node that was Primary
  /// takes no other role before that: what its disk still has could come later than what comes
  /// next.
  public boolean isIdle() {
    return active == 0 && epochs.isIdle() && reads.isIdle();
  }

  /// Runs `task` once nothing is under way; nothing new may be submitted meanwhile.
  public void whenIdle(Runnable task) {
    Check.that(whenIdle == null, "one waits for the end of all writes");
    whenIdle = task;
    checkIdle();
  }

  /// Nobody waits for the end of all writes any more.
  public void cancelWhenIdle() {
    whenIdle = null;
  }

  /// Writes; the buffer is the caller's again when `completion` has run.
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    Change change = take(Change.Kind.WRITE, offset, source.remaining(), completion);
    change.payload = source;
    change.fua = durability == Durability.FUA;
    submit(change);
  }

  /// A change without payload; at most one AL extent long.
  public void erase(
      Change.Kind kind, long offset, long length, Durability durability, Completion completion) {
    Change change = take(kind, offset, length, completion);
    change.fua = durability == Durability.FUA;
    submit(change);
  }

  // --- what the activity log and the epochs ask ---

  @Override
  public void retired() {
    pump();
  }

  @Override
  public void flushEnded() {
    checkIdle();
  }

  @Override
  public void extentsHot() {
    pump();
  }

  @Override
  public long retiredEpoch() {
    return epochs.retiredEpoch();
  }

  @Override
  public void retireEpochs() {
    epochs.retire();
  }

  /// How many more operations may wait.
  public boolean hasRoom() {
    return queued.size() < limits.queuedMax();
  }

  // --- admission ---

  private void submit(Change change) {
    active++;
    if (queued.isEmpty() && hasPlace(change)) {
      admit(change);
    } else {
      queued.add(change);
    }
  }

  private boolean hasPlace(Change change) {
    return admitted < limits.writesInFlightMax()
        && epochs.hasPlaceFor(admitted - inFlight.count())
        && (bytesInFlight == 0 || bytesInFlight + change.length <= BYTES_IN_FLIGHT_MAX);
  }

  private void admit(Change change) {
    admitted++;
    change.admitted = true;
    if (change.payload != null) {
      bytesInFlight += change.length;
    }
    if (ranges.enter(change, change.offset, change.length)) {
      heat(change);
    }
  }

  /// The range is the change's own; what it needs next is that its extents are in the log.
  @Override
  public void heat(Change change) {
    if (role.refusal() != null) {
      loop.execute(() -> refuse(change));
      return;
    }
    if (allHot(change)) {
      begin(change);
      return;
    }
    var log = copy.metadata().log();
    for (int extent = change.firstExtent(); extent <= change.lastExtent(); extent++) {
      log.request(extent);
    }
    cold.add(change);
    copy.metadata().pumpLog();
  }

  private boolean allHot(Change change) {
    var log = copy.metadata().log();
    for (int extent = change.firstExtent(); extent <= change.lastExtent(); extent++) {
      if (!log.isHot(extent)) {
        return false;
      }
    }
    return true;
  }

  /// Looks again at everything that waits; called when something was released.
  public void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    for (int turn = cold.size(); turn > 0; turn--) {
      heat(cold.remove());
    }
    while (!queued.isEmpty() && hasPlace(queued.element())) {
      admit(queued.remove());
    }
    pumping = false;
    if (epochs.isCrowded()) {
      epochs.retire();
    }
  }

  // --- the write itself ---

  private void begin(Change change) {
    var log = copy.metadata().log();
    for (int extent = change.firstExtent(); extent <= change.lastExtent(); extent++) {
      log.acquire(extent);
    }
    change.hot = true;
    change.sequence = ++sequence;
    change.epoch = epochs.join();
    change.begin(Change.Leg.LOCAL);
    inFlight.add(change);
    if (connection.peerTakesPart()) {
      replicate(change);
    } else {
      copy.bitmap().markDirty(change.offset, change.length);
      connection.bitsAppeared();
    }
    writeLocally(change);
  }

  private void replicate(Change change) {
    change.begin(Change.Leg.PEER);
    change.inTransport = true;
    epochs.replicated(change);
    Frame frame;
    if (change.kind == Change.Kind.WRITE) {
      ByteBuffer payload = Check.present(change.payload, "a write has a payload");
      frame = new Frame.Data(change.sequence, change.epoch, change.offset, change.fua, payload);
    } else {
      frame =
          new Frame.Zeroes(
              change.sequence,
              change.epoch,
              change.offset,
              change.length,
              change.fua,
              change.kind == Change.Kind.DISCARD);
    }
    connection.send(frame, change.released);
  }

  private void writeLocally(Change change) {
    long at = copy.replicatedOffset() + change.offset;
    Durability durability = change.fua ? Durability.FUA : Durability.WRITE_BACK;
    switch (change.kind) {
      case WRITE -> {
        ByteBuffer payload = Check.present(change.payload, "a write has a payload");
        copy.disk().write(at, payload, durability, change);
      }
      case ZEROES -> copy.disk().writeZeroes(at, change.length, durability, change);
      case DISCARD -> {
        if (copy.disk().limits().discardZeroes()) {
          copy.disk().discard(at, change.length, durability, change);
        } else {
          copy.disk().writeZeroes(at, change.length, durability, change);
        }
      }
    }
  }

  @Override
  public boolean touchesLost(Change change) {
    return copy.lost().touches(change.offset, change.length);
  }

  /// The change has put data where some was lost.
  @Override
  public void recover(Change change, Completion done) {
    copy.lost().written(change.offset, change.length, done);
  }

  /// Whether a change of a lost sector is under way.
  public boolean isRecovering() {
    for (Change change : inFlight.all()) {
      if (touchesLost(change)) {
        return true;
      }
    }
    return false;
  }

  /// The peer has written change `acknowledgedSequence`.
  ///
  /// @return false if no such change waits for the peer
  public boolean acknowledged(long acknowledgedSequence) {
    Change change = inFlight.find(acknowledgedSequence);
    if (change == null || !change.isUnderWay(Change.Leg.PEER)) {
      return false;
    }
    change.end(Change.Leg.PEER, IoResult.OK);
    legEnded(change);
    return true;
  }

  /// The local disk has given `change` back.
  @Override
  public void localEnded(Change change, IoResult result) {
    epochs.localEnded(change);
    if (!result.isOk()) {
      copy.fail(result);
    }
    legEnded(change);
  }

  /// A leg of `change` has ended; the last one decides.
  @Override
  public void legEnded(Change change) {
    if (!change.isDone()) {
      return;
    }
    IoResult local = change.result(Change.Leg.LOCAL);
    IoResult refusal = role.refusal();
    if (!local.isOk()) {
      finish(change, local);
    } else if (refusal != null) {
      finish(change, refusal);
    } else if (!change.isAlone()) {
      finish(change, IoResult.OK);
    } else if (generations.isAlone()) {
      finish(change, IoResult.OK);
    } else {
      awaitingGeneration.add(change);
      generations.startAlone();
    }
  }

  /// The new generation is durable: what rests on this disk alone may be completed (I4).
  public void generationDurable() {
    for (int turn = awaitingGeneration.size(); turn > 0; turn--) {
      legEnded(awaitingGeneration.remove());
    }
    epochs.checkFlushes();
  }

  /// Under C a change is forgotten and told upward in one turn.
  private void finish(Change change, IoResult result) {
    forget(change);
    tell(change, result);
    pump();
    checkIdle();
  }

  private void forget(Change change) {
    inFlight.remove(change);
    if (change.hot) {
      var log = copy.metadata().log();
      for (int extent = change.firstExtent(); extent <= change.lastExtent(); extent++) {
        log.release(extent, change.epoch);
      }
    }
    leave(change);
    written.written(change.offset, change.length);
  }

  private void tell(Change change, IoResult result) {
    List<Change.Reader> readers = change.takeReaders();
    answer(change, result);
    for (Change.Reader reader : readers) {
      reader.changeEnded(result);
    }
  }

  /// Gives back the place and the range.
  private void leave(Change change) {
    admitted--;
    change.admitted = false;
    if (change.payload != null) {
      bytesInFlight -= change.length;
    }
    if (change.isQueued()) {
      ranges.leave(change);
    }
    reuse(change);
  }

  private void answer(Change change, IoResult result) {
    active--;
    Completion completion = Check.present(change.completion, "someone waits");
    change.payload = null;
    change.completion = null;
    reuse(change);
    completion.completed(result);
  }

  /// One that was told and has no place.
  private void reuse(Change change) {
    if (change.completion == null && !change.admitted) {
      spare.add(change);
    }
  }

  /// The disk does not get the change any more.
  @Override
  public void refuse(Change change) {
    leave(change);
    answer(change, Check.present(role.refusal(), "a reason to refuse"));
    checkIdle();
  }

  /// The local disk has failed, or the role has ended at once: everything that the disk has not
  /// got, or has given back, is answered. What it still has is answered when it comes back.
  public void giveUp() {
    IoResult refusal = Check.present(role.refusal(), "a reason to give up");
    for (int left = queued.size(); left > 0; left--) {
      answer(queued.remove(), refusal);
    }
    ranges.dropWaiting();
    while (!cold.isEmpty()) {
      refuse(cold.remove());
    }
    for (int left = awaitingGeneration.size(); left > 0; left--) {
      legEnded(awaitingGeneration.remove());
    }
    epochs.checkFlushes();
    checkIdle();
  }

  private Change take(Change.Kind kind, long offset, long length, Completion completion) {
    Change change = spare.isEmpty() ? new Change(this) : spare.removeLast();
    change.reset(kind, offset, length, completion);
    return change;
  }

  void checkIdle() {
    waits.look();
    Runnable task = whenIdle;
    if (task != null && isIdle()) {
      whenIdle = null;
      loop.execute(task);
    }
  }

  /// The peer no longer takes part: what waited for it goes on alone. So does what it has, and has
  /// not yet ended here: when that is acknowledged, the peer may have lost it with its power.
  public void linkLost() {
    epochs.linkLost();
    for (Change change : inFlight.all()) {
      if (change.losePeer()) {
        legEnded(change);
      }
    }
    epochs.checkFlushes();
    copy.metadata().pumpLog();
    pump();
  }
}
