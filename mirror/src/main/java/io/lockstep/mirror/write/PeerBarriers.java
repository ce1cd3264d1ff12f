package io.lockstep.mirror.write;

import io.lockstep.block.IoResult;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.wire.Frame;
import java.util.ArrayDeque;
import java.util.Iterator;

/// The flush barriers of the Primary, on the Secondary. Each is answered after a flush of the disk
/// that began when the last write before it had ended. It holds nothing back: what comes after it
/// is written meanwhile, and may be covered by its flush or not. Belongs to the mirror's loop.
final class PeerBarriers {
  /// Barriers that may wait for their writes; each has a write of its own that the Primary has not
  /// retired.
  static final int WAITING_MAX = 16_384;

  private final LocalCopy copy;
  private final PeerConnection connection;
  private final Waits waits;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long number;
  private int flushing;

  /// The last one that was answered on the present link.
  private long answeredEpoch;

  PeerBarriers(LocalCopy copy, PeerConnection connection, Waits waits) {
    this.copy = copy;
    this.connection = connection;
    this.waits = waits;
  }

  /// What a write that begins now keeps for [#writeEnded].
  long number() {
    return number;
  }

  boolean isIdle() {
    return waiting.isEmpty() && flushing == 0;
  }

  /// A barrier comes.
  ///
  /// @param underWay writes before it that have not ended
  void add(long epoch, int underWay) {
    if (copy.isFailed()) {
      return; // What came before it may have been thrown away.
    }
    if (waiting.size() >= WAITING_MAX) {
      connection.drop("the peer sent more than " + WAITING_MAX + " barriers ahead");
      return;
    }
    if (underWay == 0) {
      flush(epoch);
    } else {
      waiting.add(new Waiting(number++, epoch, underWay));
    }
  }

  /// A write has ended that began behind `numberAtStart` barriers.
  void writeEnded(long numberAtStart) {
    for (Iterator<Waiting> each = waiting.iterator(); each.hasNext(); ) {
      Waiting barrier = each.next();
      if (barrier.number >= numberAtStart && --barrier.writesLeft == 0) {
        each.remove();
        flush(barrier.epoch);
      }
    }
  }

  /// The link is lost: nobody waits for an answer.
  void drop() {
    waiting.clear();
    answeredEpoch = 0;
  }

  private void flush(long epoch) {
    PeerSession session = connection.session();
    if (copy.isFailed()) {
      return;
    }
    if (!copy.disk().limits().volatileCache()) {
      answer(epoch, session);
      return;
    }
    flushing++;
    copy.disk().flush(result -> flushed(result, epoch, session));
  }

  private void flushed(IoResult result, long epoch, PeerSession session) {
    flushing--;
    if (!result.isOk()) {
      copy.fail(result);
    } else if (!copy.isFailed()) {
      answer(epoch, session);
    }
    if (isIdle()) {
      waits.look();
    }
  }

  /// Flushes may end in any order; the answer for a later barrier is one for those before it too.
  private void answer(long epoch, PeerSession session) {
    if (session.isAlive() && epoch > answeredEpoch) {
      answeredEpoch = epoch;
      session.send(new Frame.BarrierAck(epoch));
    }
  }

  /// A barrier, and the writes before it that have not ended.
  private static final class Waiting {
    private final long number;
    private final long epoch;
    private int writesLeft;

    Waiting(long number, long epoch, int writesLeft) {
      this.number = number;
      this.epoch = epoch;
      this.writesLeft = writesLeft;
    }
  }
}
