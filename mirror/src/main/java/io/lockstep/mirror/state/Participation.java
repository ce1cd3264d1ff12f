package io.lockstep.mirror.state;

/// How the peer takes part in what a node writes, as that node sees it, on one link.
public enum Participation {
  /// It gets nothing: there is no link, the nodes have not met, or one of the disks is gone; or the
  /// peer is the source of a resync.
  NONE,
  /// It gets every write, and is being filled: it is not in the in-sync set yet.
  RECEIVING,
  /// It gets every write, and has all that came before.
  IN_SYNC,
  /// It falls behind, and what it misses is recorded. No release does that yet.
  AHEAD;

  /// Whether every write goes to the peer too.
  public boolean getsWrites() {
    return switch (this) {
      case RECEIVING, IN_SYNC -> true;
      case NONE, AHEAD -> false;
    };
  }
}
