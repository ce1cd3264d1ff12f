package io.lockstep.mirror.meeting;

import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.meta.LedgerEntry;
import io.lockstep.mirror.role.GivenUp;
import io.lockstep.mirror.role.LostDisk;
import io.lockstep.mirror.role.Roles;
import io.lockstep.mirror.role.Standstill;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Handshake;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.state.Term;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.write.PeerWrites;

/// What the other node says of itself after the meeting: a new role or term, a disk that has
/// failed, and that it is Primary although this node is. Belongs to the mirror's loop.
public final class PeerNews {
  private final NodeIdentity identity;
  private final Ledger ledger;
  private final LocalCopy copy;
  private final OwnRole role;
  private final PeerConnection connection;
  private final PeerWrites peerWrites;
  private final Roles roles;
  private final LostDisk lostDisk;
  private final GivenUp givenUp;
  private final MirrorListener listener;

  public PeerNews(Outside outside, Side side, Switching switching, PeerWrites peerWrites) {
    this.identity = side.identity();
    this.ledger = side.ledger();
    this.copy = side.copy();
    this.role = side.role();
    this.connection = side.connection();
    this.peerWrites = peerWrites;
    this.roles = switching.roles();
    this.lostDisk = switching.lostDisk();
    this.givenUp = switching.partings().givenUp();
    this.listener = outside.listener();
  }

  void told(Frame.StateChange change) {
    if (!Term.isBelievable(change.term(), ledger.term())) {
      connection.drop("the peer names a term that cannot be: " + change.term());
      return;
    }
    if (change.role() == Role.PRIMARY && role.isPrimary()) {
      meetPrimary(change);
      return;
    }
    if (change.diskState() == DiskState.FAILED) {
      lostDisk.failedAtPeer();
    }
    connection.peerChanged(change);
    if (change.role() == Role.PRIMARY) {
      connection.nobodyServes("");
    }
    if (role.isPrimary()) {
      return;
    }
    peerWrites.step(
        end -> {
          boolean news =
              change.term() > ledger.term()
                  || (change.term() == ledger.term()
                      && change.primaryNode() == LedgerEntry.PRIMARY_NONE
                      && ledger.primaryNode() != LedgerEntry.PRIMARY_NONE);
          if (!news) {
            end.run();
            return;
          }
          ledger.update(now -> now.withTerm(change.term(), change.primaryNode()), _ -> end.run());
        });
  }

  private void meetPrimary(Frame.StateChange change) {
    Party theirs = connection.party(change).orElseThrow();
    Party mine =
        new Party(
            identity.nodeId(),
            ledger.generations(),
            ledger.term(),
            identity.nodeId(),
            role.role(),
            copy.diskState(),
            false,
            false,
            false,
            false,
            0,
            0);
    if (Handshake.decide(mine, theirs) instanceof Plan.StepDown down) {
      listener.decided(down);
      givenUp.shows(mine, theirs);
      if (down.loser() == identity.nodeId()) {
        roles.giveWay(theirs);
        connection.standAlone(down.stop().sentence(), true);
      } else {
        connection.pause(Standstill.UNCONFIRMED, Standstill.RETRY_NANOS);
      }
    }
  }
}
