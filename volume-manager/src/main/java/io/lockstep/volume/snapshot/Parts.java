package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import java.nio.ByteBuffer;

/// Sends parts of a caller's buffer to a device. A part that does not begin where the device wants
/// a buffer to begin passes through a buffer of the pool. Belongs to the pool's loop.
///
/// @param alignmentBytes what the devices want
record Parts(BufferPool pool, int alignmentBytes) {
  /// Where a part goes to or comes from.
  record Place(BlockDevice device, long offset) {}

  /// Which part of the caller's buffer it is.
  ///
  /// @param from bytes behind the buffer's position
  record Part(int from, int length) {}

  /// The longest part that may begin there in the caller's buffer.
  int lengthMax(int from) {
    return from % alignmentBytes == 0 ? Integer.MAX_VALUE : BufferPool.BUFFER_BYTES_MAX;
  }

  /// Fills a part of `target`.
  void read(Place place, ByteBuffer target, Part part, Completion done) {
    int length = part.length;
    ByteBuffer slice = target.slice(target.position() + part.from, length);
    if (part.from % alignmentBytes == 0) {
      place.device.read(place.offset, slice, done);
      return;
    }
    ByteBuffer copy = pool.borrow(length);
    place.device.read(
        place.offset,
        copy,
        result -> {
          slice.put(0, copy, 0, length);
          pool.giveBack(copy);
          done.completed(result);
        });
  }

  /// Writes a part of `source`.
  void write(Place place, ByteBuffer source, Part part, Durability durability, Completion done) {
    int length = part.length;
    ByteBuffer slice = source.slice(source.position() + part.from, length);
    if (part.from % alignmentBytes == 0) {
      place.device.write(place.offset, slice, durability, done);
      return;
    }
    ByteBuffer copy = pool.borrow(length);
    copy.put(0, slice, 0, length);
    place.device.write(
        place.offset,
        copy,
        durability,
        result -> {
          pool.giveBack(copy);
          done.completed(result);
        });
  }
}
