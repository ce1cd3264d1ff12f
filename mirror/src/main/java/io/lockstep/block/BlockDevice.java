package io.lockstep.block;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/// The one interface that carries data: the local disk, a filter, the mirror, a volume, every fake.
/// Control (resize, promote, verify) never joins it.
///
/// **Threading.** A device belongs to one [Loop]; every method is called on it and every
/// [Completion] runs on it, in a later turn than the call. Operations run concurrently and end in
/// any order; overlapping operations in flight are the caller's to order, except above a mirror or
/// a volume, which order overlapping writes themselves.
///
/// **Promises.** A read that starts after a write has completed sees it. [#flush] makes stable
/// every write that had *completed* when the flush was called. An operation that fails may have
/// changed any part of its range.
///
/// **Arguments** were checked at the edge (`scsi`, `nbd`): a range outside [#limits()] or a wrong
/// alignment is a bug here and dies in a [Check].
///
/// **Buffers.** A transfer covers the buffer from position to limit. The device leaves position and
/// limit alone and owns the content until the completion runs.
public interface BlockDevice {
  /// Size and abilities; constant while the device is open, except that the size may grow.
  BlockLimits limits();

  /// Fills `target` from `offset` (bytes).
  void read(long offset, ByteBuffer target, Completion completion);

  /// Writes `source` at `offset` (bytes).
  void write(long offset, ByteBuffer source, Durability durability, Completion completion);

  /// Makes every completed write stable (SYNCHRONIZE CACHE, NBD_CMD_FLUSH). A failed flush is never
  /// ignored: the writes before it may be lost and a later good flush does not bring them back.
  void flush(Completion completion);

  /// Gives back the space of the range, which then reads as zeroes. Only where
  /// [BlockLimits#discardZeroes]. Any length up to the size of the device.
  void discard(long offset, long length, Durability durability, Completion completion);

  /// The same, stable after the next [#flush].
  default void discard(long offset, long length, Completion completion) {
    discard(offset, length, Durability.WRITE_BACK, completion);
  }

  /// Makes the range read as zeroes, keeping the space allocated or not as the device likes. Every
  /// device offers it. Any length up to the size of the device.
  void writeZeroes(long offset, long length, Durability durability, Completion completion);

  /// Says how the range begins, without reading it. What is said is true of every change that had
  /// completed when this was called, and of none that came after: whoever relies on it keeps all
  /// changes of the range out from the call on. Where nothing is known, all of it may hold
  /// anything.
  ///
  /// @param told runs once, on the loop, within this call or later
  default void blockStatus(long offset, long length, Consumer<BlockStatus> told) {
    told.accept(BlockStatus.data(length));
  }

  /// Ends the device. No call may follow; operations in flight are completed first (with whatever
  /// result they have), then `completion` runs. Does not flush.
  void close(Completion completion);
}
