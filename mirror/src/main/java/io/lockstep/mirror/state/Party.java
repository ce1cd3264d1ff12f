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
/// @param wrote it is Primary, and a host has written in its term
/// @param keptAll it has stayed up since it was in sync, or ended in order: no write that was
///     acknowledged to its generation is lost on it, even if it is Outdated since
/// @param failed its disk has failed at some time and was not filled anew since
/// @param consentGeneration its administrator gives up its changes at a split from the peer's data
///     of this generation; 0 = nothing is given up
/// @param outOfSyncBlocks bits set in its bitmap, hot extents of a crash included
public record Party(
    int nodeId,
    Generations generations,
    long term,
    int primaryNode,
    Role role,
    DiskState diskState,
    boolean newDisk,
    boolean wrote,
    boolean keptAll,
    boolean failed,
    long consentGeneration,
    long outOfSyncBlocks) {

  boolean isInconsistent() {
    return newDisk || diskState == DiskState.INCONSISTENT;
  }

  /// Whether its disk cannot be used in this life of the node.
  public boolean isWithoutDisk() {
    return switch (diskState) {
      case DISKLESS, ATTACHING, FAILED, NEGOTIATING, DUNKNOWN -> true;
      case INCONSISTENT, OUTDATED, CONSISTENT, UP_TO_DATE -> false;
    };
  }

  boolean isOutdated() {
    return diskState == DiskState.OUTDATED;
  }

  /// Whether every write that was acknowledged to this generation is there: a node that was killed
  /// may have lost what was not flushed.
  boolean lostNothing() {
    return diskState == DiskState.UP_TO_DATE || keptAll;
  }

  /// Whether its changes are given up in favour of what `other` holds now: consent is for the split
  /// that was shown, not for a later one.
  boolean yieldsTo(Party other) {
    return consentGeneration != 0 && consentGeneration == other.generations.current();
  }

  /// The same, if nobody was Primary last, as of `otherTerm`.
  public Party afterNobody(long otherTerm) {
    return new Party(
        nodeId,
        generations,
        otherTerm,
        -1,
        role,
        diskState,
        newDisk,
        wrote,
        keptAll,
        failed,
        consentGeneration,
        outOfSyncBlocks);
  }

  /// The same, when it has stepped down.
  public Party steppedDown() {
    return new Party(
        nodeId,
        generations,
        term,
        primaryNode,
        Role.SECONDARY,
        diskState,
        newDisk,
        wrote,
        keptAll,
        failed,
        consentGeneration,
        outOfSyncBlocks);
  }

  boolean isPrimary() {
    return role == Role.PRIMARY;
  }
}
