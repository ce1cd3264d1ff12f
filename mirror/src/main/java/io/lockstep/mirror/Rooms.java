package io.lockstep.mirror;

import io.lockstep.block.Check;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.Environment;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.meeting.Dispatch;
import io.lockstep.mirror.meeting.Handlers;
import io.lockstep.mirror.meeting.Meeting;
import io.lockstep.mirror.meeting.PeerNews;
import io.lockstep.mirror.meeting.Switching;
import io.lockstep.mirror.resync.AcceptedLoss;
import io.lockstep.mirror.resync.ResyncSource;
import io.lockstep.mirror.resync.ResyncTarget;
import io.lockstep.mirror.resync.Resyncs;
import io.lockstep.mirror.role.Ending;
import io.lockstep.mirror.role.GivenUp;
import io.lockstep.mirror.role.LostDisk;
import io.lockstep.mirror.role.OldWork;
import io.lockstep.mirror.role.Outdating;
import io.lockstep.mirror.role.Partings;
import io.lockstep.mirror.role.Roles;
import io.lockstep.mirror.role.Standstill;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.write.AloneGeneration;
import io.lockstep.mirror.write.DataPath;
import io.lockstep.mirror.write.PeerReads;
import io.lockstep.mirror.write.PeerWrites;
import io.lockstep.mirror.write.WritePath;

/// The parts of one node's half of a mirror, each made of those before it: nobody knows a part that
/// is made later. What goes the other way is a listener, and here is where it is connected. Belongs
/// to the mirror's loop.
final class Rooms {
  final Loop loop;
  final Listening listening = new Listening();
  final Notices notices;
  final OwnRole role;
  final PeerConnection connection;
  final WritePath writes;
  final PeerReads peerReads;
  final ResyncSource resyncSource;
  final AcceptedLoss loss;
  final ResyncTarget resyncTarget;
  final Standstill standstill;
  final Roles roles;
  final Outdating outdating;
  final MirrorDevice device;
  final ReplicaDevice replica;
  final Ending ending;

  private final AloneGeneration generations;
  private final PeerWrites peerWrites;
  private final LostDisk lostDisk;
  private final Meeting meeting;

  Rooms(
      Environment environment,
      MirrorConfig config,
      NodeIdentity identity,
      Ledger ledger,
      LocalCopy copy) {
    loop = environment.loop();
    notices = new Notices(loop, listening);
    var waits = new Waits(loop, listening::waitForgotten);
    var outside =
        new Outside(
            loop, environment.clock(), waits, environment.pool(), config, listening, notices);
    role = new OwnRole(copy, outside);
    connection = new PeerConnection(outside, environment.transport(), ledger, copy, role);
    var side = new Side(identity, ledger, copy, role, connection);

    var ranges = new RangeQueue();
    generations = new AloneGeneration(outside, side, environment);
    peerReads = new PeerReads(outside, side, ranges);
    writes = new WritePath(outside, side, generations, peerReads, ranges);
    peerWrites = new PeerWrites(outside, copy, connection);
    var data = new DataPath(writes, peerWrites, peerReads, ranges, generations);

    resyncSource = new ResyncSource(outside, side, data);
    loss = new AcceptedLoss(outside, side, resyncSource);
    resyncTarget = new ResyncTarget(outside, side, data);
    var resyncs = new Resyncs(resyncSource, resyncTarget);

    standstill = new Standstill(loop, connection, notices);
    var partings = new Partings(standstill, new GivenUp(ledger, connection));
    var oldWork = new OldWork(role, writes, peerWrites);
    roles = new Roles(outside, side, data, environment, oldWork);
    outdating = new Outdating(outside, side, partings, peerWrites, resyncTarget);
    lostDisk = new LostDisk(outside, side, data, resyncs, outdating);
    var switching = new Switching(roles, lostDisk, oldWork, partings);

    meeting = new Meeting(outside, side, data, resyncs, switching);
    var news = new PeerNews(outside, side, switching, peerWrites);
    var handlers = new Handlers(meeting, roles, news, outdating, lostDisk);
    connection.serve(new Dispatch(outside, side, data, resyncs, handlers));

    device = new MirrorDevice(outside, side, roles, writes, resyncSource);
    replica = new ReplicaDevice(loop, copy, device);
    ending =
        new Ending(outside, side, roles, () -> peerWrites.isIdle() && !resyncTarget.isLayingOut());
    connect();
    connect(loop, copy);
    if (copy.isAttached()) {
      attached(copy, config.diskName(), waits);
    }
  }

  /// There is a disk, and the rooms use it.
  private void attached(LocalCopy copy, String diskName, Waits waits) {
    checkTransfer(copy);
    if (copy.superblock().failed()) {
      notices.happened(LostDisk.failedBefore(diskName));
    }
    copy.serve(writes, waits::look);
  }

  private static void checkTransfer(LocalCopy copy) {
    int transferMax = copy.disk().limits().transferBytesMax();
    Check.that(
        transferMax >= MirrorDevice.TRANSFER_BYTES_MAX,
        "the disk takes the mirror's longest transfer",
        transferMax,
        MirrorDevice.TRANSFER_BYTES_MAX);
  }

  /// What the rooms tell each other.
  private void connect() {
    generations.whenDurable(writes::generationDurable);
    peerReads.whenFreed(writes::pump);
    writes.whenWritten(resyncSource::written);
    connection.whenJoined(writes.epochs()::linkReady);
    connection.whenLost(meeting::ended);
    connection.whenLost(peerWrites::drop);
    connection.whenLost(peerReads::linkLost);
    connection.whenLost(resyncSource::stop);
    connection.whenLost(resyncTarget::linkLost);
    connection.whenLost(writes::linkLost);
    connection.whenLost(roles::linkLost);
    connection.whenLost(outdating::linkLost);
  }

  private void connect(Loop loop, LocalCopy copy) {
    copy.whenChanged(notices::happened, notices::changed);
    copy.whenFailed(_ -> lostDisk.failedHere());
    copy.whenFailed(_ -> loop.execute(writes::giveUp));
  }
}
