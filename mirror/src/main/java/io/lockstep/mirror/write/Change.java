package io.lockstep.mirror.write;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.RangeQueue;
import io.lockstep.mirror.meta.ActivityLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One write, write-zeroes or discard under way on the Primary. Pooled; it is its own callback for
/// the local disk, so that a write allocates no lambda.
///
/// It has *legs*: the local disk, and the peer if that takes part. Each has a slot for how it has
/// ended, and nobody else writes there; its [Path] alone decides what the ends mean. Beside the
/// legs stands the link's use of the payload, which decides nothing and must be over too.
///
/// A change ends twice.
///
/// - It is *told upward*: its completion runs. What was promised holds then; under protocol C that
///   every leg has ended well, or that this node goes on alone under a durable generation. The
///   payload is the caller's again.
/// - It is *forgotten*: no leg is under way and the payload is not in use, so the change gives back
///   its place, its range and its extents. From then on [Unretired] remembers what may be lost with
///   the power of a disk, and the change can be used again once it was told, too.
///
/// Under C both come in one turn, and it is forgotten first, so that whoever waits for the range
/// comes before what the caller does next. Under A and B a change is told while the peer's leg is
/// under way, and forgotten when that has ended; the payload must be the mirror's own by then.
public final class Change extends RangeQueue.Entry implements Completion {
  /// What becomes of the range.
  public enum Kind {
    WRITE,
    ZEROES,
    DISCARD
  }

  /// Who gets a change.
  enum Leg {
    LOCAL,
    PEER
  }

  /// Who decides what becomes of a change.
  interface Path {
    /// The range is the change's own.
    void heat(Change change);

    /// It waited and has been put out.
    void refuse(Change change);

    boolean touchesLost(Change change);

    /// The change has put data where some was lost.
    void recover(Change change, Completion done);

    /// The local disk has given it back, like this.
    void localEnded(Change change, IoResult result);

    /// A leg has ended.
    void legEnded(Change change);
  }

  /// A read that may have seen a change.
  interface Reader {
    /// The change has ended, like this.
    void changeEnded(IoResult result);
  }

  private static final Leg[] LEGS = Leg.values();
  private static final IoResult LOST = IoResult.closed("the link was lost");

  private final Path path;

  /// The link has let go of the payload.
  final Completion released = this::released;

  Kind kind = Kind.WRITE;
  long offset;
  long length;
  @Nullable ByteBuffer payload;
  boolean fua;
  @Nullable Completion completion;

  long sequence;
  long epoch;
  boolean hot;

  /// The link still needs the payload.
  boolean inTransport;

  /// It has a place: it was not forgotten.
  boolean admitted;

  /// Which legs have a part in this change, and how those have ended that have.
  private final EnumSet<Leg> parts = EnumSet.noneOf(Leg.class);

  private final EnumMap<Leg, IoResult> results = new EnumMap<>(Leg.class);

  /// Reads that may have seen it and are answered when it has ended.
  private List<Reader> readers = List.of();

  Change(Path path) {
    this.path = path;
  }

  void reset(Kind newKind, long newOffset, long newLength, Completion newCompletion) {
    kind = newKind;
    offset = newOffset;
    length = newLength;
    completion = newCompletion;
    payload = null;
    fua = false;
    sequence = 0;
    epoch = 0;
    hot = false;
    inTransport = false;
    admitted = false;
    parts.clear();
    results.clear();
  }

  /// From now on `leg` has a part in this change.
  void begin(Leg leg) {
    parts.add(leg);
  }

  /// `leg` has ended, like this.
  void end(Leg leg, IoResult result) {
    results.put(leg, result);
  }

  /// Whether `leg` has a part in this change and has not ended.
  boolean isUnderWay(Leg leg) {
    return parts.contains(leg) && !results.containsKey(leg);
  }

  /// How the leg has ended, which it has.
  IoResult result(Leg leg) {
    return Check.present(results.get(leg), "the leg has ended");
  }

  /// The link is lost before the change was told: whatever the peer has said, it may lose this with
  /// its power, and nobody knows whether it has.
  ///
  /// @return whether the peer had a part in this change until now
  boolean losePeer() {
    boolean had = !isAlone();
    if (had) {
      end(Leg.PEER, LOST);
    }
    return had;
  }

  void addReader(Reader read) {
    if (readers.isEmpty()) {
      readers = new ArrayList<>();
    }
    readers.add(read);
  }

  List<Reader> takeReaders() {
    List<Reader> taken = readers;
    readers = List.of();
    return taken;
  }

  int firstExtent() {
    return (int) (offset / ActivityLog.EXTENT_BYTES);
  }

  int lastExtent() {
    return (int) ((offset + length - 1) / ActivityLog.EXTENT_BYTES);
  }

  /// Every leg has ended, and the link needs the payload no more.
  boolean isDone() {
    for (Leg leg : LEGS) {
      if (isUnderWay(leg)) {
        return false;
      }
    }
    return !inTransport;
  }

  /// It rests on the local disk only, or it is not known whether the peer still has it.
  boolean isAlone() {
    IoResult peer = results.get(Leg.PEER);
    return !parts.contains(Leg.PEER) || (peer != null && !peer.isOk());
  }

  @Override
  protected void admitted() {
    path.heat(this);
  }

  @Override
  protected void dropped() {
    path.refuse(this);
  }

  @Override
  public void completed(IoResult result) {
    if (result.isOk() && path.touchesLost(this)) {
      path.recover(this, this::localEnded);
    } else {
      localEnded(result);
    }
  }

  private void localEnded(IoResult result) {
    end(Leg.LOCAL, result);
    path.localEnded(this, result);
  }

  private void released(IoResult result) {
    inTransport = false;
    path.legEnded(this);
  }
}
