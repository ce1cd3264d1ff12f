package io.lockstep.sim;

/// How sick a [SimDisk] is, drawn anew for each history and changed while it runs. Rates are parts
/// of a million operations. Immutable.
///
/// @param readErrors how often a read fails
/// @param writeErrors how often a write fails, having changed any part of its range
/// @param flushErrors how often a flush fails, having lost any part of the cache
/// @param lastingPercent how many of these errors stay: a range, or all flushes, until
///     [SimMedia#heal]; of reads also until the range is written
/// @param noSpace how often a write finds no space
/// @param slow how often an operation is slow
/// @param slowNanosMax how slow: 1 ms to this
/// @param stuck how often an operation stands still
/// @param stuckNanosMax for how long: up to this
/// @param rot how often a sector somewhere changes by itself, by writes
/// @param misdirected how often a write goes elsewhere
public record SimDiskFaults(
    int readErrors,
    int writeErrors,
    int flushErrors,
    int lastingPercent,
    int noSpace,
    int slow,
    long slowNanosMax,
    int stuck,
    long stuckNanosMax,
    int rot,
    int misdirected) {
  /// A healthy disk.
  public static final SimDiskFaults NONE = new SimDiskFaults(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /// Whether nothing ever happens.
  boolean isNone() {
    return readErrors + writeErrors + flushErrors + noSpace + slow + stuck + rot + misdirected == 0;
  }

  /// Errors that pass, and nothing else.
  public static SimDiskFaults errors(int read, int write, int flush) {
    return new SimDiskFaults(read, write, flush, 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /// The same, some of them lasting.
  public SimDiskFaults lasting(int percent) {
    return new SimDiskFaults(
        readErrors,
        writeErrors,
        flushErrors,
        percent,
        noSpace,
        slow,
        slowNanosMax,
        stuck,
        stuckNanosMax,
        rot,
        misdirected);
  }

  /// Operations that take long and very long, and nothing else.
  public static SimDiskFaults delays(int slow, long slowNanosMax, int stuck, long stuckNanosMax) {
    return new SimDiskFaults(0, 0, 0, 0, 0, slow, slowNanosMax, stuck, stuckNanosMax, 0, 0);
  }

  /// Wrong bytes that are reported as good, and nothing else.
  public static SimDiskFaults lies(int rot, int misdirected) {
    return new SimDiskFaults(0, 0, 0, 0, 0, 0, 0, 0, 0, rot, misdirected);
  }
}
