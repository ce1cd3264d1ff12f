package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import java.nio.ByteBuffer;

/// Copies a range from one device to another, in pieces that both take. Ends at the first error.
final class Copying {
  private final BlockDevice source;
  private final BlockDevice target;
  private final BufferPool pool;
  private final int pieceBytes;

  Copying(BlockDevice source, BlockDevice target, BufferPool pool) {
    this.source = source;
    this.target = target;
    this.pool = pool;
    this.pieceBytes =
        Math.min(
            BufferPool.BUFFER_BYTES_MAX,
            Math.min(source.limits().transferBytesMax(), target.limits().transferBytesMax()));
  }

  /// @param length a chunk or less
  void copy(long sourceOffset, long targetOffset, int length, Completion done) {
    int bytes = Math.min(length, pieceBytes);
    ByteBuffer buffer = pool.borrow(bytes);
    Completion written =
        result -> {
          pool.giveBack(buffer);
          if (result.isOk() && bytes < length) {
            copy(sourceOffset + bytes, targetOffset + bytes, length - bytes, done);
          } else {
            done.completed(result);
          }
        };
    source.read(
        sourceOffset,
        buffer,
        read -> {
          if (read.isOk()) {
            target.write(targetOffset, buffer, Durability.WRITE_BACK, written);
          } else {
            written.completed(read);
          }
        });
  }
}
