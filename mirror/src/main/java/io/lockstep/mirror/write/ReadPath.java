package io.lockstep.mirror.write;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.OwnRole;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Reads on the Primary, from the local disk; what that cannot read comes from the other node if
/// possible ([PeerReads]).
///
/// A read runs at once and holds nobody up. When its bytes are there and changes that overlap it
/// are under way, it is answered when all of these have ended: it may have seen bytes of a change
/// that a takeover would take back, and no host ever sees such bytes. Changes that begin later are
/// not waited for, so every read is answered. What was read in a role that has ended is not served
/// (I9). Belongs to the mirror's loop.
public final class ReadPath {
  private final LocalCopy copy;
  private final OwnRole role;
  private final InFlight inFlight;
  private final PeerReads peerReads;
  private final Runnable ended;
  private final ArrayDeque<Read> spare = new ArrayDeque<>();
  private int underWay;

  ReadPath(LocalCopy copy, OwnRole role, InFlight inFlight, PeerReads peerReads, Runnable ended) {
    this.copy = copy;
    this.role = role;
    this.inFlight = inFlight;
    this.peerReads = peerReads;
    this.ended = ended;
  }

  boolean isIdle() {
    return underWay == 0;
  }

  /// Reads, behind the changes under way that it overlaps.
  public void read(long offset, ByteBuffer target, Completion completion) {
    Read read = spare.isEmpty() ? new Read() : spare.removeLast();
    read.offset = offset;
    read.length = target.remaining();
    read.target = target;
    read.repaired = false;
    read.completion = completion;
    read.outcome = IoResult.OK;
    underWay++;
    copy.disk().read(copy.replicatedOffset() + offset, target, read);
  }

  private void answer(Read read) {
    Completion completion = Check.present(read.completion, "someone waits");
    IoResult refusal = role.refusal();
    IoResult result = read.outcome.isOk() && refusal != null ? refusal : read.outcome;
    read.completion = null;
    read.target = null;
    spare.add(read);
    underWay--;
    completion.completed(result);
    ended.run();
  }

  /// One read under way; its own callback for the disk.
  final class Read implements Completion, Change.Reader {
    private long offset;
    private long length;
    private int changesLeft;
    private boolean repaired;
    private @Nullable ByteBuffer target;
    private IoResult outcome = IoResult.OK;
    private @Nullable Completion completion;

    @Override
    public void completed(IoResult result) {
      if (!result.isOk() && !repaired && peerReads.canHelp()) {
        repaired = true;
        peerReads.repair(offset, Check.present(target, "a buffer to fill"), result, this);
        return;
      }
      outcome = copy.lost().answer(offset, length, result);
      changesLeft = outcome.isOk() ? inFlight.holdBehind(offset, length, this) : 0;
      if (changesLeft == 0) {
        answer(this);
      }
    }

    /// One of the changes has ended. If it failed, nobody knows what the range holds.
    @Override
    public void changeEnded(IoResult result) {
      outcome = outcome.isOk() ? result : outcome;
      if (--changesLeft == 0) {
        answer(this);
      }
    }
  }
}
