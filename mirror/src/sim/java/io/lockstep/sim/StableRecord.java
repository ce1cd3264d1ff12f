package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import io.lockstep.mirror.meta.ActivityLog;
import io.lockstep.mirror.meta.Bitmap;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.LogRecovery;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.meta.SuperblockCodec;
import io.lockstep.mirror.meta.SuperblockDecoded;
import io.lockstep.mirror.meta.SuperblockPair;
import io.lockstep.mirror.state.Generations;
import java.nio.ByteBuffer;

/// What the stable images of both disks say of their difference, read with nothing but the bytes:
/// the checker of I2.
final class StableRecord {
  private static final ThreadLocal<ByteBuffer> RING =
      ThreadLocal.withInitial(() -> ByteBuffer.allocate(DiskLayout.ACTIVITY_LOG_BYTES));

  private StableRecord() {}

  static void check(SimMedia left, SimMedia right) {
    Superblock leftBlock = superblock(left);
    Superblock rightBlock = superblock(right);
    if (leftBlock.generations().current() == 0 || rightBlock.generations().current() == 0) {
      return; // A new disk is all difference, and says so.
    }
    if (isFull(leftBlock.generations(), rightBlock.generations())) {
      return; // No bitmap counts from where the other is, and the generations say so.
    }
    DiskLayout layout = leftBlock.layout();
    var dirty = new Bitmap(layout.replicatedBytes());
    record(left, leftBlock, dirty);
    record(right, rightBlock, dirty);
    compare(left, right, layout, dirty, "I2: a difference that nobody has recorded, block");
  }

  /// I3: before the target of a full resync says that it is Inconsistent, it knows by itself what
  /// it lacks.
  static void checkTarget(SimMedia target, SimMedia source) {
    Superblock superblock = superblock(target);
    var dirty = new Bitmap(superblock.layout().replicatedBytes());
    record(target, superblock, dirty);
    compare(target, source, superblock.layout(), dirty, "I3: the target has not recorded, block");
  }

  private static void compare(
      SimMedia left, SimMedia right, DiskLayout layout, Bitmap dirty, String broken) {
    long start = layout.replicatedOffset();
    long end = start + layout.replicatedBytes();
    for (long at = start; at < end; ) {
      long differs = SimMedia.firstStableDifference(left, right, at, end - at);
      if (differs < 0) {
        return;
      }
      long block = (differs - start) / Bitmap.BLOCK_BYTES;
      Check.that(dirty.isSet(block), broken, block, 0);
      at = start + (block + 1) * Bitmap.BLOCK_BYTES;
    }
  }

  private static boolean isFull(Generations left, Generations right) {
    return left.current() != right.current()
        && left.bitmap() != right.current()
        && right.bitmap() != left.current()
        && (left.bitmap() == 0 || left.bitmap() != right.bitmap());
  }

  /// The superblock that the next life would find after a power cut now.
  static Superblock superblock(SimMedia media) {
    var copyA = decoded(media, DiskLayout.SUPERBLOCK_A_OFFSET);
    var copyB = decoded(media, DiskLayout.SUPERBLOCK_B_OFFSET);
    return switch (SuperblockPair.choose(copyA, copyB)) {
      case SuperblockPair.Choice.Chosen chosen -> chosen.superblock();
      case SuperblockPair.Choice.Refused(Refusal refusal) ->
          throw new AssertionError("I12: " + refusal.sentence());
      case SuperblockPair.Choice.Unformatted() -> throw new AssertionError("I12: unformatted");
    };
  }

  /// Whether both copies of the superblock are good.
  static boolean hasBothCopies(SimMedia media) {
    return decoded(media, DiskLayout.SUPERBLOCK_A_OFFSET) instanceof SuperblockDecoded.Ok
        && decoded(media, DiskLayout.SUPERBLOCK_B_OFFSET) instanceof SuperblockDecoded.Ok;
  }

  private static SuperblockDecoded decoded(SimMedia media, long offset) {
    return SuperblockCodec.decode(
        ByteBuffer.wrap(media.stable(offset, DiskLayout.SUPERBLOCK_BYTES)));
  }

  private static void record(SimMedia media, Superblock superblock, Bitmap union) {
    DiskLayout layout = superblock.layout();
    var bitmap = new Bitmap(layout.replicatedBytes());
    for (int page = 0; page < bitmap.pageCount(); page++) {
      byte[] bytes = media.stable(layout.bitmapPageOffset(page), Bitmap.PAGE_BYTES);
      bitmap.decodePage(page, ByteBuffer.wrap(bytes));
    }
    ByteBuffer ring = RING.get();
    media.readStable(layout.activityLogOffset(), ring);
    LogRecovery recovery = ActivityLog.recover(ring, layout.extentCount());
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
