package io.lockstep.mirror.role;

import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.state.Party;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Whether this node's changes are given up for the other's at a split brain.
///
/// A person gives them up for one occasion: for the split that the last meeting showed, both sides
/// of it, and until a meeting has come to a decision. Belongs to the mirror's loop.
public final class GivenUp {
  private final Ledger ledger;
  private final PeerConnection connection;

  /// The split that the last meeting showed; null if it showed none.
  private @Nullable Split shown;

  /// The split at which this node's changes are given up; null = none.
  private @Nullable Split consent;

  public GivenUp(Ledger ledger, PeerConnection connection) {
    this.ledger = ledger;
    this.connection = connection;
  }

  /// Two generations that parted.
  record Split(long own, long peer) {}

  /// A meeting has come to two histories that parted.
  public void shows(Party mine, Party theirs) {
    shown = new Split(mine.generations().current(), theirs.generations().current());
  }

  /// A meeting has come to something else.
  public void nothingShown() {
    shown = null;
  }

  /// The split that a person has been shown, as long as this node's side of it still stands.
  Optional<Split> shown() {
    return Optional.ofNullable(shown).filter(this::stillStands);
  }

  /// Gives up this node's changes at `split`, for one meeting.
  void consent(Split split) {
    connection.ownStateChanges("its changes are given up");
    consent = split;
  }

  void withdraw() {
    if (consent != null) {
      connection.ownStateChanges("its changes are not given up");
    }
    consent = null;
  }

  /// It was for one occasion, and this was it.
  public void usedUp() {
    consent = null;
  }

  /// The generation of the peer for which this node's changes are given up; 0 = none. Changes that
  /// have grown since are not the ones that were given up.
  public long generation() {
    return Optional.ofNullable(consent).filter(this::stillStands).map(Split::peer).orElse(0L);
  }

  private boolean stillStands(Split split) {
    return split.own() == ledger.generations().current();
  }
}
