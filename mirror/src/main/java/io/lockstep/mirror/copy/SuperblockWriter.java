package io.lockstep.mirror.copy;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.meta.SuperblockCodec;
import io.lockstep.mirror.meta.SuperblockDecoded;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// Writes the two copies of the superblock: one, and the other when that is stable. A power cut may
/// tear the copy that is being written, so the other has to be whole, even if it has rotted unseen
/// since the start: it is looked at before (I12). Belongs to the mirror's loop.
final class SuperblockWriter {
  private final RecordWrites records;
  private final BlockDevice disk;
  private final BufferPool pool;

  /// The copy that is being written, or comes next: the only one that may be torn.
  private long underWay = DiskLayout.SUPERBLOCK_A_OFFSET;

  /// The highest sequence that was sent to the disk, whether it arrived or not.
  private long sequenceSent;

  SuperblockWriter(RecordWrites records, BlockDevice disk, BufferPool pool) {
    this.records = records;
    this.disk = disk;
    this.pool = pool;
  }

  /// Makes both copies stable. First A, or B if that is not what it ought to be by now: damaged,
  /// unreadable, or older than the superblock that counts.
  void write(Superblock next, Completion done) {
    ByteBuffer block = pool.borrow(DiskLayout.SUPERBLOCK_BYTES);
    disk.read(
        DiskLayout.SUPERBLOCK_B_OFFSET,
        block,
        read -> {
          boolean bIsGood = read.isOk() && isGood(SuperblockCodec.decode(block));
          underWay = bIsGood ? DiskLayout.SUPERBLOCK_A_OFFSET : DiskLayout.SUPERBLOCK_B_OFFSET;
          encode(next, block);
          writeBoth(
              block,
              result -> {
                pool.giveBack(block);
                done.completed(result);
              });
        });
  }

  private boolean isGood(SuperblockDecoded found) {
    return found instanceof SuperblockDecoded.Ok(Superblock copy)
        && copy.sequence() >= records.superblock().sequence();
  }

  private void encode(Superblock next, ByteBuffer block) {
    sequenceSent = Math.max(sequenceSent, next.sequence());
    block.clear();
    SuperblockCodec.encode(next, block);
    block.rewind();
  }

  private void writeBoth(ByteBuffer block, Completion done) {
    records.writeStable(
        underWay,
        block,
        first -> {
          if (!first.isOk()) {
            done.completed(first);
            return;
          }
          underWay = other(underWay);
          records.writeStable(
              underWay,
              block,
              second -> {
                if (second.isOk()) {
                  underWay = DiskLayout.SUPERBLOCK_A_OFFSET;
                }
                done.completed(second);
              });
        });
  }

  /// Notes in both copies that the disk has failed, whatever went wrong before. First in the copy
  /// that may be torn already, or in the other if that one is seen to have rotted; in the second
  /// only if that went well, since a write that fails may tear what it should change, and one copy
  /// must stay whole. Each is stable by itself, for it may be the flush that fails. The sequence is
  /// above any that an update may have left on one copy.
  ///
  /// @param done called with what counts as the superblock from then on, written or not
  void writeFailure(Consumer<Superblock> done) {
    Superblock now = records.superblock();
    Superblock next =
        now.copy()
            .failed(true)
            .keptAll(false)
            .sequence(Math.max(now.sequence(), sequenceSent) + 1)
            .build();
    ByteBuffer block = pool.borrow(DiskLayout.SUPERBLOCK_BYTES);
    disk.read(
        other(underWay),
        block,
        read -> {
          if (read.isOk() && !(SuperblockCodec.decode(block) instanceof SuperblockDecoded.Ok)) {
            underWay = other(underWay);
          }
          encode(next, block);
          writeFailure(
              block,
              _ -> {
                pool.giveBack(block);
                done.accept(next);
              });
        });
  }

  private void writeFailure(ByteBuffer block, Completion written) {
    disk.write(
        underWay,
        block,
        Durability.FUA,
        first -> {
          if (first.isOk()) {
            disk.write(other(underWay), block, Durability.FUA, written);
          } else {
            written.completed(first);
          }
        });
  }

  private static long other(long copy) {
    return DiskLayout.SUPERBLOCK_A_OFFSET + DiskLayout.SUPERBLOCK_B_OFFSET - copy;
  }
}
