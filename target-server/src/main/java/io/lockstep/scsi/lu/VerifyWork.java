package io.lockstep.scsi.lu;

import io.lockstep.block.BlockDevice;
import io.lockstep.scsi.ScsiResult;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// VERIFY: reads the range piece by piece, and compares each with what it
/// should be.
sealed class VerifyWork extends MediumWork permits WriteAndVerifyWork {
  /// What the blocks should be, by the BYTCHK field.
  enum Expected {
    /// 00b: readable.
    READABLE,
    /// 01b: as the data-out.
    DATA_OUT,
    /// 11b: each as the one block of data-out.
    ONE_BLOCK
  }

  private final Expected expected;

  VerifyWork(Workplace place, Consumer<MediumWork> spare, Expected expected) {
    super(place, spare);
    this.expected = expected;
  }

  @Override
  boolean changes() {
    return false;
  }

  @Override
  int borrowedBytesMax() {
    return (int) Math.min(length(), SCRATCH_BYTES_MAX);
  }

  @Override
  protected void run(BlockDevice medium) {
    verify();
  }

  protected final void verify() {
    verify(borrow(borrowedBytesMax()), 0);
  }

  /// @param from where in the range the next piece begins
  private void verify(ByteBuffer content, int from) {
    int next = (int) Math.min(length(), from + (long) SCRATCH_BYTES_MAX);
    ByteBuffer piece = content.position(0).limit(next - from);
    read(
        offset() + from,
        piece,
        () -> {
          int differs = mismatch(piece, from);
          if (differs >= 0) {
            finish(ScsiResult.miscompare(from + differs));
          } else if (next < length()) {
            verify(content, next);
          } else {
            done();
          }
        });
  }

  /// Where what was read differs from what it should be; -1: nowhere.
  private int mismatch(ByteBuffer content, int from) {
    return switch (expected) {
      case READABLE -> -1;
      case DATA_OUT ->
          content.mismatch(dataOut().slice(dataOut().position() + from, content.remaining()));
      case ONE_BLOCK -> mismatchOfEach(content, dataOut());
    };
  }

  private static int mismatchOfEach(ByteBuffer content, ByteBuffer block) {
    for (int at = 0; at < content.limit(); at += block.remaining()) {
      int inBlock = content.slice(at, block.remaining()).mismatch(block);
      if (inBlock >= 0) {
        return at + inBlock;
      }
    }
    return -1;
  }
}
