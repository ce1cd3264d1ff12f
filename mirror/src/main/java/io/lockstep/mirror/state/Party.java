package io.lockstep.mirror.state;

/// What one node brings to the handshake: exactly what it has told the other in ReportParams.
///
/// @param nodeId 0 or 1
/// @param generations the history of its data
/// @param term the highest term it has adopted
/// @param primaryNode who was Primary in that term; -1 when it was demoted or never was one
/// @param role its role
/// @param diskState its disk's state
/// @param newDisk the disk was formatted to join and has never held the mirror's data
/// @param discardMyData its administrator gives up its changes in case of split brain
/// @param keptAll it ended in order while UpToDate: no write that was acknowledged is lost on it
/// @param outOfSyncBlocks bits set in its bitmap, hot extents of a crash included
public record Party(
    int nodeId,
    Generations generations,
    long term,
    int primaryNode,
    Role role,
    DiskState diskState,
    boolean newDisk,
    boolean discardMyData,
    boolean keptAll,
    long outOfSyncBlocks) {

  boolean isInconsistent() {
    return newDisk || diskState == DiskState.INCONSISTENT;
  }

  /// Whether every write that was acknowledged to this generation is there: a node that was killed
  /// may have lost what was not flushed.
  boolean lostNothing() {
    return diskState == DiskState.UP_TO_DATE || keptAll;
  }

  boolean isPrimary() {
    return role == Role.PRIMARY;
  }
}
