package io.lockstep.volume.snapshot;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;

/// Counts the pieces of one operation and tells its caller when the last one has ended, with the
/// first error. Belongs to one loop.
final class Pieces {
  private final Completion caller;
  private int leftCount = 1;
  private IoResult result = IoResult.OK;

  Pieces(Completion caller) {
    this.caller = caller;
  }

  /// The end of one more piece.
  Completion next() {
    leftCount++;
    return this::ended;
  }

  /// No more pieces come.
  void allStarted() {
    ended(IoResult.OK);
  }

  private void ended(IoResult piece) {
    Check.that(leftCount > 0, "a piece was under way");
    if (result.isOk()) {
      result = piece;
    }
    leftCount--;
    if (leftCount == 0) {
      caller.completed(result);
    }
  }
}
