package io.lockstep.mirror.copy;

/// Whoever writes behind the activity log.
public interface LogUser {
  /// Extents that were asked for may be hot now.
  void extentsHot();

  /// Up to which epoch every write is stable on both disks, or recorded in the bitmap.
  long retiredEpoch();

  /// The log is full of extents of epochs that are not retired: asks for that.
  void retireEpochs();
}
