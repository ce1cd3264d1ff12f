package io.lockstep.mirror;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.copy.LocalCopy;
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
final class Reads {
  private final Node node;
  private final LocalCopy copy;
  private final WritePath writes;
  private final ArrayDeque<Read> spare = new ArrayDeque<>();
  private int underWay;

  Reads(Node node, WritePath writes) {
    this.node = node;
    this.copy = node.copy;
    this.writes = writes;
  }

  boolean isIdle() {
    return underWay == 0;
  }

  void read(long offset, ByteBuffer target, Completion completion) {
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
    IoResult refusal = writes.refusal();
    IoResult result = read.outcome.isOk() && refusal != null ? refusal : read.outcome;
    read.completion = null;
    read.target = null;
    spare.add(read);
    underWay--;
    completion.completed(result);
    writes.checkIdle();
  }

  /// One read under way; its own callback for the disk.
  final class Read implements Completion {
    private long offset;
    private long length;
    private int changesLeft;
    private boolean repaired;
    private @Nullable ByteBuffer target;
    private IoResult outcome = IoResult.OK;
    private @Nullable Completion completion;

    boolean overlaps(Change change) {
      return offset < change.offset + change.length && change.offset < offset + length;
    }

    @Override
    public void completed(IoResult result) {
      if (!result.isOk() && !repaired && node.peerReads.canHelp()) {
        repaired = true;
        node.peerReads.repair(offset, Check.present(target, "a buffer to fill"), result, this);
        return;
      }
      outcome = copy.lost().answer(offset, length, result);
      changesLeft = outcome.isOk() ? writes.holdBehindChanges(this) : 0;
      if (changesLeft == 0) {
        answer(this);
      }
    }

    /// One of the changes has ended. If it failed, nobody knows what the range holds.
    void changeEnded(IoResult result) {
      outcome = outcome.isOk() ? result : outcome;
      if (--changesLeft == 0) {
        answer(this);
      }
    }
  }
}
