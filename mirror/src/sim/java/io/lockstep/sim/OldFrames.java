package io.lockstep.sim;

import io.lockstep.mirror.wire.Frame;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Some of the changes that one side has sent, which may come again long after: TCP never does
/// that, a peer with a fault could. Whoever gets one must see that it is not of now.
final class OldFrames {
  /// One frame in so many is kept.
  private static final int KEPT = 8;

  private final SplittableRandom random;
  private byte @Nullable [] change;
  private long changeTerm;

  /// The last that was kept in a term before that.
  private byte @Nullable [] older;

  private long olderTerm;
  private byte @Nullable [] resync;

  OldFrames(SplittableRandom random) {
    this.random = random;
  }

  /// A frame is sent.
  ///
  /// @param bytes the whole of it; left alone
  void sent(long term, Frame frame, ByteBuffer bytes) {
    boolean isChange = frame instanceof Frame.Data || frame instanceof Frame.Zeroes;
    boolean isResync = frame instanceof Frame.ResyncData || frame instanceof Frame.ResyncZeroes;
    if ((!isChange && !isResync) || random.nextInt(KEPT) != 0) {
      return;
    }
    var copy = new byte[bytes.remaining()];
    bytes.get(bytes.position(), copy);
    if (isChange) {
      if (changeTerm < term) {
        older = change;
        olderTerm = changeTerm;
      }
      change = copy;
      changeTerm = term;
    } else {
      resync = copy;
    }
  }

  /// A change of a term before `term`; null if none was kept.
  @Nullable ByteBuffer changeBefore(long term) {
    if (change != null && changeTerm < term) {
      return ByteBuffer.wrap(change.clone());
    }
    return older == null || olderTerm >= term ? null : ByteBuffer.wrap(older.clone());
  }

  /// A block of a resync; null if none was kept.
  @Nullable ByteBuffer resync() {
    return resync == null ? null : ByteBuffer.wrap(resync.clone());
  }
}
