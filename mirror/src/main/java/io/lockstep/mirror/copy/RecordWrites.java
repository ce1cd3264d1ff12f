package io.lockstep.mirror.copy;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.meta.Superblock;
import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;

/// How a record of the mirror reaches the disk: what [SuperblockWriter] and [LostRecords] ask of
/// [Metadata], which sees to the order. Belongs to the mirror's loop.
interface RecordWrites {
  /// The superblock as it stands on the disk.
  Superblock superblock();

  /// Applies `change` to the newest superblock and makes it durable.
  void update(UnaryOperator<Superblock> change, Completion done);

  /// Write, then flush; refuses after the first failure.
  void writeStable(long offset, ByteBuffer block, Completion done);

  /// Nothing of one kind of record is being written any more; somebody may wait for that.
  void rested();

  /// A record could not be written: nothing more is.
  void fail(IoResult result);
}
