package io.lockstep.mirror.state;

import java.util.Optional;

/// How good the data of one node's disk is, in DRBD's words. The order is DRBD's: a later state is
/// a better one. Codes are on disk and on the wire: never change or reuse one.
public enum DiskState {
  /// No disk is attached.
  DISKLESS(1, "Diskless"),
  /// The metadata is being read.
  ATTACHING(2, "Attaching"),
  /// The disk reported an error and is being let go.
  FAILED(3, "Failed"),
  /// Attached, and the two nodes are deciding whose data is newer.
  NEGOTIATING(4, "Negotiating"),
  /// A mixture of old and new blocks: the target of an unfinished resync. Never served.
  INCONSISTENT(5, "Inconsistent"),
  /// Consistent, and known to be older than the peer's.
  OUTDATED(6, "Outdated"),
  /// The peer's disk while the peer cannot be asked.
  DUNKNOWN(7, "DUnknown"),
  /// Consistent; whether it is the newest is known only after the nodes have met.
  CONSISTENT(8, "Consistent"),
  /// Consistent and the newest there is.
  UP_TO_DATE(9, "UpToDate");

  private final int code;
  private final String label;

  DiskState(int code, String label) {
    this.code = code;
    this.label = label;
  }

  /// The table of what may follow what while a disk is attached; each may stay as it is. A disk
  /// that has failed stays so until its node starts again, and so does a node without a disk.
  public boolean mayBecome(DiskState next) {
    return next == this
        || switch (this) {
          case CONSISTENT ->
              next == UP_TO_DATE || next == OUTDATED || next == INCONSISTENT || next == FAILED;
          case UP_TO_DATE -> next == OUTDATED || next == INCONSISTENT || next == FAILED;
          case OUTDATED -> next == UP_TO_DATE || next == INCONSISTENT || next == FAILED;
          case INCONSISTENT -> next == UP_TO_DATE || next == FAILED;
          case DISKLESS, ATTACHING, FAILED, NEGOTIATING, DUNKNOWN -> false;
        };
  }

  /// The stable number for disk and wire; fits a byte and is never 0.
  public int code() {
    return code;
  }

  /// DRBD's spelling, for people.
  public String label() {
    return label;
  }

  /// The state with `code`; empty for a number that no release has given a meaning known here.
  public static Optional<DiskState> fromCode(int code) {
    for (DiskState state : values()) {
      if (state.code == code) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }
}
