package io.lockstep.sim;

/// The ways in which a [SimDisk] is sick.
public enum SimFault {
  /// One operation fails, the next may not.
  TRANSIENT_ERROR,
  /// A range fails until the disk is healed; of reads also until it is written.
  LASTING_ERROR,
  /// No space for a write.
  NO_SPACE,
  /// One operation takes a thousand times as long as usual.
  SLOW,
  /// An operation stands still.
  STUCK,
  /// A sector changes by itself.
  ROT,
  /// A write goes to a place where it does not belong, and is reported as done.
  MISDIRECTED,
  /// A failed flush has lost what it was to make stable; reads see it no more, or still.
  LOST_FLUSH,
  /// After its process has died an operation takes effect all the same, and late.
  LATE_LANDING;

  /// What kind of operation a fault has hit.
  public enum Hit {
    READ,
    WRITE,
    FLUSH,
    METADATA_READ,
    METADATA_WRITE
  }
}
