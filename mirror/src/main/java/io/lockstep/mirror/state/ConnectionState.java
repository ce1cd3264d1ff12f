package io.lockstep.mirror.state;

import java.util.Optional;

/// What the link to the peer is doing, in DRBD's words. Codes are on disk and on the wire: never
/// change or reuse one.
public enum ConnectionState {
  /// No link, and none is tried: by command, or because the nodes do not fit together.
  STAND_ALONE(1, "StandAlone"),
  /// No link; the next attempt is due later.
  UNCONNECTED(2, "Unconnected"),
  /// A link is being made, or the nodes are still exchanging who they are.
  CONNECTING(3, "Connecting"),
  /// Every write goes to both disks; nothing is out of sync.
  CONNECTED(4, "Connected"),
  /// Source of a coming resync, exchanging bitmaps.
  WF_BITMAP_S(5, "WFBitMapS"),
  /// Target of a coming resync, exchanging bitmaps.
  WF_BITMAP_T(6, "WFBitMapT"),
  /// Sends out-of-sync blocks to the peer.
  SYNC_SOURCE(7, "SyncSource"),
  /// Receives out-of-sync blocks; the disk is Inconsistent.
  SYNC_TARGET(8, "SyncTarget"),
  /// Source of a resync that is held.
  PAUSED_SYNC_S(9, "PausedSyncS"),
  /// Target of a resync that is held.
  PAUSED_SYNC_T(10, "PausedSyncT"),
  /// Compares both disks and asked for it.
  VERIFY_S(11, "VerifyS"),
  /// Compares both disks for the peer.
  VERIFY_T(12, "VerifyT"),
  /// Lets the peer fall behind, recording what it misses.
  AHEAD(13, "Ahead"),
  /// Falls behind the peer.
  BEHIND(14, "Behind");

  private final int code;
  private final String label;

  ConnectionState(int code, String label) {
    this.code = code;
    this.label = label;
  }

  /// The table of what may follow what; each may stay as it is. A link that ends leads to one of
  /// the first three from anywhere.
  public boolean mayBecome(ConnectionState next) {
    return next == this
        || switch (this) {
          case STAND_ALONE -> next == CONNECTING;
          case UNCONNECTED -> next == CONNECTING || next == STAND_ALONE;
          case CONNECTING ->
              next == CONNECTED
                  || next == WF_BITMAP_S
                  || next == WF_BITMAP_T
                  || next.isWithoutLink();
          case WF_BITMAP_S -> next == SYNC_SOURCE || next == CONNECTED || next.isWithoutLink();
          case WF_BITMAP_T -> next == SYNC_TARGET || next == CONNECTED || next.isWithoutLink();
          case SYNC_SOURCE, SYNC_TARGET -> next == CONNECTED || next.isWithoutLink();
          case CONNECTED -> next.isWithoutLink();
          case PAUSED_SYNC_S, PAUSED_SYNC_T, VERIFY_S, VERIFY_T, AHEAD, BEHIND -> false;
        };
  }

  /// Whether this node copies what the other lacks, or is about to.
  public boolean isSyncSource() {
    return this == WF_BITMAP_S || this == SYNC_SOURCE || this == PAUSED_SYNC_S;
  }

  /// Whether the nodes have not met on a link.
  public boolean isWithoutLink() {
    return this == STAND_ALONE || this == UNCONNECTED || this == CONNECTING;
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
  public static Optional<ConnectionState> fromCode(int code) {
    for (ConnectionState state : values()) {
      if (state.code == code) {
        return Optional.of(state);
      }
    }
    return Optional.empty();
  }
}
