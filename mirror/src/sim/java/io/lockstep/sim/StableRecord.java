package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.meta.ActivityLog;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.meta.SuperblockCodec;
import io.lockstep.mirror.meta.SuperblockPair;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// What the stable images of both disks say of their difference, read with nothing but the bytes:
/// the checker of I2.
final class StableRecord {
  private final byte[] left;
  private final byte[] right;

  StableRecord(byte[] left, byte[] right) {
    this.left = left;
    this.right = right;
  }

  void check() {
    Superblock leftBlock = superblock(left);
    Superblock rightBlock = superblock(right);
    if (leftBlock.generations().current() == 0 || rightBlock.generations().current() == 0) {
      return; // A new disk is all difference, and says so.
    }
    DiskLayout layout = leftBlock.layout();
    var dirty = new Bitmap(layout.replicatedBytes());
    record(left, leftBlock, dirty);
    record(right, rightBlock, dirty);
    int start = (int) layout.replicatedOffset();
    int end = start + (int) layout.replicatedBytes();
    int at = start;
    while (at < end) {
      int differs = Arrays.mismatch(left, at, end, right, at, end);
      if (differs < 0) {
        return;
      }
      long block = (long) (at + differs - start) / Bitmap.BLOCK_BYTES;
      Check.that(dirty.isSet(block), "I2: a difference that nobody has recorded, block", block, 0);
      at = start + (int) (block + 1) * Bitmap.BLOCK_BYTES;
    }
  }

  /// The superblock that the next life would find.
  static Superblock superblock(byte[] image) {
    var copyA = SuperblockCodec.decode(ByteBuffer.wrap(image, 0, 4096).slice());
    var copyB =
        SuperblockCodec.decode(
            ByteBuffer.wrap(image, (int) DiskLayout.SUPERBLOCK_B_OFFSET, 4096).slice());
    return switch (SuperblockPair.choose(copyA, copyB)) {
      case SuperblockPair.Choice.Chosen chosen -> chosen.superblock();
      case SuperblockPair.Choice.Refused(String sentence) ->
          throw new AssertionError("I12: " + sentence);
      case SuperblockPair.Choice.Unformatted() -> throw new AssertionError("I12: unformatted");
    };
  }

  private static void record(byte[] image, Superblock superblock, Bitmap union) {
    DiskLayout layout = superblock.layout();
    var bitmap = new Bitmap(layout.replicatedBytes());
    for (int page = 0; page < bitmap.pageCount(); page++) {
      int offset = (int) layout.bitmapPageOffset(page);
      bitmap.decodePage(page, ByteBuffer.wrap(image, offset, Bitmap.PAGE_BYTES).slice());
    }
    var ring =
        ByteBuffer.wrap(image, (int) DiskLayout.ACTIVITY_LOG_OFFSET, DiskLayout.ACTIVITY_LOG_BYTES)
            .slice();
    ActivityLog.Recovery recovery = ActivityLog.recover(ring, layout.extentCount());
    if (recovery.damaged() || superblock.allDirty()) {
      bitmap.markAll();
    }
    for (int extent : recovery.extents()) {
      long start = (long) extent * ActivityLog.EXTENT_BYTES;
      long length = Math.min(ActivityLog.EXTENT_BYTES, layout.replicatedBytes() - start);
      bitmap.markDirty(start, length);
    }
    for (long block = bitmap.nextSetBlock(0); block >= 0; block = bitmap.nextSetBlock(block + 1)) {
      long offset = block * Bitmap.BLOCK_BYTES;
      union.markDirty(offset, Math.min(Bitmap.BLOCK_BYTES, layout.replicatedBytes() - offset));
    }
  }
}
