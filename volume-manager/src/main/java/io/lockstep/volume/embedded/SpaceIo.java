package io.lockstep.volume.embedded;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/// Metadata I/O on the space below: whole byte arrays, one piece after another, any offset. For
/// structures that are small and rare; volumes' data never passes here.
final class SpaceIo {
  /// Longest piece of a read or write.
  private static final int PIECE_BYTES_MAX = 1 << 20;

  /// Longest piece of a range that is made to read as zeroes; between two pieces others get their
  /// turn on the device.
  static final long ERASE_BYTES_MAX = 256L << 20;

  private final BlockDevice device;
  private final BufferPool pool;
  private final int pieceBytes;

  SpaceIo(BlockDevice device, BufferPool pool) {
    this.device = device;
    this.pool = pool;
    this.pieceBytes = Math.min(PIECE_BYTES_MAX, device.limits().transferBytesMax());
  }

  /// What became of a read.
  @FunctionalInterface
  interface Reading {
    /// @param bytes what was read, if `result` is good
    void ended(IoResult result, byte[] bytes);
  }

  long sizeBytes() {
    return device.limits().sizeBytes();
  }

  int blockBytes() {
    return device.limits().logicalBlockBytes();
  }

  /// Reads `[offset, offset + length)`, which lies inside the device, aligned or not.
  void read(long offset, int length, Reading reading) {
    int block = blockBytes();
    long start = offset / block * block;
    long end = Math.ceilDiv(offset + length, (long) block) * block;
    byte[] bytes = new byte[Math.toIntExact(end - start)];
    int skip = (int) (offset - start);
    readPiece(
        start,
        bytes,
        0,
        result -> reading.ended(result, Arrays.copyOfRange(bytes, skip, skip + length)));
  }

  private void readPiece(long start, byte[] bytes, int done, Completion ended) {
    int length = Math.min(pieceBytes, bytes.length - done);
    ByteBuffer buffer = pool.borrow(length);
    device.read(
        start + done,
        buffer,
        result -> {
          buffer.get(0, bytes, done, length);
          pool.giveBack(buffer);
          if (!result.isOk() || done + length == bytes.length) {
            ended.completed(result);
          } else {
            readPiece(start, bytes, done + length, ended);
          }
        });
  }

  /// Writes `bytes` at `offset`, both in whole blocks. Ends at the first error.
  void write(long offset, byte[] bytes, Completion ended) {
    Check.that(offset % blockBytes() == 0 && bytes.length % blockBytes() == 0, "whole blocks");
    writePiece(offset, bytes, 0, ended);
  }

  private void writePiece(long offset, byte[] bytes, int done, Completion ended) {
    int length = Math.min(pieceBytes, bytes.length - done);
    ByteBuffer buffer = pool.borrow(length);
    buffer.put(0, bytes, done, length);
    device.write(
        offset + done,
        buffer,
        Durability.WRITE_BACK,
        result -> {
          pool.giveBack(buffer);
          if (!result.isOk() || done + length == bytes.length) {
            ended.completed(result);
          } else {
            writePiece(offset, bytes, done + length, ended);
          }
        });
  }

  /// Replaces `bytes` inside one logical block, which the disk writes as a whole or not at all, and
  /// flushes.
  void patch(long offset, byte[] bytes, Completion ended) {
    int block = blockBytes();
    long start = offset / block * block;
    int skip = (int) (offset - start);
    Check.that(skip + bytes.length <= block, "inside one block", skip + bytes.length, block);
    read(
        start,
        block,
        (result, content) -> {
          if (!result.isOk()) {
            ended.completed(result);
            return;
          }
          System.arraycopy(bytes, 0, content, skip, bytes.length);
          write(start, content, written -> flushAfter(written, ended));
        });
  }

  /// Flushes if the write before was good.
  void flushAfter(IoResult written, Completion ended) {
    if (written.isOk()) {
      device.flush(ended);
    } else {
      ended.completed(written);
    }
  }

  /// Makes the ranges read as zeroes, one after another. Discard is preferred where it is offered:
  /// it costs the disk the least and gives back space. Ends at the first error.
  void erase(List<BlockRange> ranges, Completion ended) {
    Check.that(!ranges.isEmpty(), "something to erase");
    Iterator<BlockRange> rest = ranges.iterator();
    erasePiece(rest.next(), rest, ended);
  }

  private void erasePiece(BlockRange range, Iterator<BlockRange> rest, Completion ended) {
    long length = Math.min(range.length(), ERASE_BYTES_MAX);
    Completion next =
        result -> {
          if (!result.isOk()) {
            ended.completed(result);
          } else if (length < range.length()) {
            BlockRange behind = new BlockRange(range.offset() + length, range.length() - length);
            erasePiece(behind, rest, ended);
          } else if (rest.hasNext()) {
            erasePiece(rest.next(), rest, ended);
          } else {
            ended.completed(result);
          }
        };
    if (device.limits().discardZeroes()) {
      device.discard(range.offset(), length, next);
    } else {
      device.writeZeroes(range.offset(), length, Durability.WRITE_BACK, next);
    }
  }
}
