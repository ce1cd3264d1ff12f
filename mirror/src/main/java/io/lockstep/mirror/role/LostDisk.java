package io.lockstep.mirror.role;

import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.resync.ResyncSource;
import io.lockstep.mirror.resync.ResyncTarget;
import io.lockstep.mirror.resync.Resyncs;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Participation;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.write.AloneGeneration;
import io.lockstep.mirror.write.DataPath;
import io.lockstep.mirror.write.PeerWrites;
import io.lockstep.mirror.write.WritePath;

/// A disk that fails while the mirror runs, here or at the peer. The nodes stay connected, and no
/// write goes to that disk any more: it is *out of the set*. A failed disk must never pass for a
/// whole one again, not after a restart either, until it was filled anew. So the failure is
/// remembered twice: as a mark in its own superblock, as well as that can still be written, and at
/// the peer by a new generation.
///
/// - *The Primary, when the Secondary's disk fails:* the new generation comes at once, not with the
///   first write that it acknowledges alone. Earlier is always allowed by I4.
/// - *The Secondary, when the Primary's disk fails:* it was in sync, so it holds every write that
///   was acknowledged: each lies before the news of the failure in the stream, and after it the
///   Primary acknowledges nothing more. So the new generation names data that really is the newest
///   (I7), and the old Primary's disk, whole or not after a restart, becomes the target. If a
///   person should promote it all the same before the nodes have met, and it writes alone, it takes
///   a generation of its own, and the meeting finds a split brain (I10). Nobody is promoted by this
///   (I6).
/// - *A Secondary that was not in sync* knows of nothing newer, and begins nothing.
///
/// Belongs to the mirror's loop.
public final class LostDisk {
  private final Loop loop;
  private final NodeIdentity identity;
  private final Ledger ledger;
  private final LocalCopy copy;
  private final OwnRole role;
  private final PeerConnection connection;
  private final WritePath writes;
  private final PeerWrites peerWrites;
  private final AloneGeneration generations;
  private final ResyncSource resyncSource;
  private final ResyncTarget resyncTarget;
  private final Outdating outdating;

  public LostDisk(Outside outside, Side side, DataPath data, Resyncs resyncs, Outdating outdating) {
    this.loop = outside.loop();
    this.identity = side.identity();
    this.ledger = side.ledger();
    this.copy = side.copy();
    this.role = side.role();
    this.connection = side.connection();
    this.writes = data.writes();
    this.peerWrites = data.peerWrites();
    this.generations = data.generations();
    this.resyncSource = resyncs.source();
    this.resyncTarget = resyncs.target();
    this.outdating = outdating;
  }

  /// The local disk has just failed.
  public void failedHere() {
    connection.participates(Participation.NONE);
    copy.metadata().recordFailure(copy.failure());
    loop.execute(
        () -> {
          resyncSource.stop();
          resyncTarget.linkLost();
          if (connection.isEstablished()) {
            connection.to(ConnectionState.CONNECTED, "the disk here has failed");
            connection.showReason(sentence(identity.nodeId()));
            connection.sendState();
          } else {
            connection.ownStateChanges("its disk has failed");
          }
          outdating.diskFailed();
        });
  }

  /// The peer says that its disk has failed.
  public void failedAtPeer() {
    if (connection.peer().map(Party::diskState).orElse(DiskState.FAILED) == DiskState.FAILED) {
      return;
    }
    boolean wasInSync = connection.peerTakesPart() && copy.diskState() == DiskState.UP_TO_DATE;
    connection.peer(withFailedDisk(connection.peer().orElseThrow()));
    connection.participates(Participation.NONE);
    resyncSource.stop();
    resyncTarget.linkLost();
    connection.to(ConnectionState.CONNECTED, "the other disk has failed");
    connection.showReason(sentence(identity.peerId()));
    writes.linkLost();
    outdating.diskFailed();
    remember(wasInSync);
  }

  /// The nodes have met, and the disk of `failedNode` cannot be used.
  public void met(int failedNode) {
    connection.participates(Participation.NONE);
    connection.to(ConnectionState.CONNECTED, "the nodes have met, one of them without a disk");
    connection.showReason(sentence(failedNode));
    boolean sameData =
        connection.peer().map(peer -> peer.generations().current()).orElse(0L)
            == ledger.generations().current();
    remember(sameData && copy.diskState() == DiskState.UP_TO_DATE);
    connection.sendState();
  }

  /// Begins a new generation, behind everything that the peer has sent.
  private void remember(boolean holdsEverything) {
    if (copy.isFailed()) {
      return;
    }
    if (role.isPrimary()) {
      generations.startAlone();
    } else if (holdsEverything) {
      peerWrites.step(
          end -> {
            generations.startAlone();
            end.run();
          });
    }
  }

  private static Party withFailedDisk(Party peer) {
    return new Party(
        peer.nodeId(),
        peer.generations(),
        peer.term(),
        peer.primaryNode(),
        peer.role(),
        DiskState.FAILED,
        peer.newDisk(),
        peer.wrote(),
        false,
        true,
        0,
        peer.outOfSyncBlocks());
  }

  private static String sentence(int nodeId) {
    return "the disk of node %d has failed, and nothing is written to it; replace it, initialise it"
            .formatted(nodeId)
        + " to join, and start its node again";
  }

  /// What is told of a disk that carries the mark.
  public static MirrorEvent failedBefore(String diskName) {
    return new MirrorEvent.FailedBefore(
        "the disk %s has failed before; it is not relied upon until it was filled from the other"
                .formatted(diskName)
            + " node");
  }
}
