package io.lockstep.mirror.write;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.RangeQueue;
import io.lockstep.mirror.meta.ActivityLog;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One write, write-zeroes or discard under way on the Primary. Pooled; it is its own callback for
/// the local disk, so that a write allocates no lambda.
///
/// It ends when every leg has: the local disk, the peer's acknowledgement, and the link's use of
/// the buffer. Each leg has its own slot for its result; its [Path] alone decides.
public final class Change extends RangeQueue.Entry implements Completion {
  /// What becomes of the range.
  public enum Kind {
    WRITE,
    ZEROES,
    DISCARD
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

    /// The local disk has given it back.
    void localEnded(Change change);

    /// A leg has ended.
    void legEnded(Change change);
  }

  /// A read that may have seen a change.
  interface Reader {
    /// The change has ended, like this.
    void changeEnded(IoResult result);
  }

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

  /// Null until the local disk has answered.
  @Nullable IoResult local;

  /// The peer has a part in this change.
  boolean replicated;

  boolean acknowledged;
  boolean inTransport;

  /// The link was lost before the change had ended.
  boolean orphaned;

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
    local = null;
    replicated = false;
    acknowledged = false;
    inTransport = false;
    orphaned = false;
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

  /// Every leg has ended.
  boolean isDone() {
    return local != null && !inTransport && (!replicated || acknowledged || orphaned);
  }

  /// It rests on the local disk only, or it is not known whether the peer still has it.
  boolean isAlone() {
    return !replicated || orphaned;
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
    local = result;
    path.localEnded(this);
  }

  private void released(IoResult result) {
    inTransport = false;
    path.legEnded(this);
  }
}
