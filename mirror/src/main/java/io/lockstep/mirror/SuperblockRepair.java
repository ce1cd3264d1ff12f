package io.lockstep.mirror;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.SuperblockCodec;
import java.nio.ByteBuffer;

/// Writes the superblock again as it is, while a disk is attached: so a start that is refused later
/// leaves the disk's bytes as they were. Belongs to the mirror's loop.
final class SuperblockRepair {
  private final Metadata metadata;
  private final BufferPool pool;

  SuperblockRepair(Metadata metadata, BufferPool pool) {
    this.metadata = metadata;
    this.pool = pool;
  }

  /// Over the one copy that is bad; the good one is not touched, so that a break leaves it.
  void repair(long offset, Completion done) {
    ByteBuffer block = pool.borrow(DiskLayout.SUPERBLOCK_BYTES);
    SuperblockCodec.encode(metadata.superblock(), block);
    block.rewind();
    metadata.writeStable(
        offset,
        block,
        result -> {
          pool.giveBack(block);
          done.completed(result);
        });
  }

  /// Over both copies, one after the other: what a read has shown may be gone after a flush that
  /// failed.
  void rewriteBoth(Completion done) {
    repair(
        DiskLayout.SUPERBLOCK_A_OFFSET,
        first -> {
          if (first.isOk()) {
            repair(DiskLayout.SUPERBLOCK_B_OFFSET, done);
          } else {
            done.completed(first);
          }
        });
  }
}
