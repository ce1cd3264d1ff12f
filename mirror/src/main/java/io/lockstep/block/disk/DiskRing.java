package io.lockstep.block.disk;

/// Where the steps of [DiskOperation]s are carried out: on the loop's io_uring, or in a pool of
/// threads. Belongs to the loop.
///
/// Each submitted step ends by one call of the disk's `ended(operation, result)` on the loop, in a
/// later turn: bytes transferred, or 0 for what transfers none, or minus the error number. A step
/// is at most [#stepBytes] long.
interface DiskRing {
  /// The most bytes one read or write step transfers.
  int TRANSFER_BYTES_MAX = 4 << 20;

  /// The most bytes one hole covers.
  long HOLE_BYTES_MAX = 1L << 30;

  /// The most zeroes one step writes.
  int ZEROES_BYTES_MAX = 1 << 20;

  /// Steps in flight at most, fast and slow together.
  int SLOTS = 160;

  /// Starts the operation's present step.
  void submit(DiskOperation operation);

  /// Ends the ring, with nothing in flight, and closes the file.
  void close();

  /// The length of the operation's next step.
  static long stepBytes(DiskOperation operation) {
    return switch (operation.step) {
      case READ, WRITE, WRITE_DSYNC -> Math.min(operation.left(), TRANSFER_BYTES_MAX);
      case WRITE_ZEROES -> Math.min(operation.left(), ZEROES_BYTES_MAX);
      case PUNCH_HOLE -> Math.min(operation.left(), HOLE_BYTES_MAX);
      case SYNC_DATA -> 0;
    };
  }
}
