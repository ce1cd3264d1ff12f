package io.lockstep.mirror;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.RangeQueue;
import io.lockstep.mirror.copy.Backing;
import io.lockstep.mirror.copy.DiskGate;
import io.lockstep.mirror.copy.LocalCopy;
import java.util.function.LongSupplier;

/// The parts of one node's half of a mirror, each made of those before it: nobody knows a part that
/// is made later. What goes the other way is a listener, and here is where it is connected. Belongs
/// to the mirror's loop.
final class Rooms {
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

  /// What a mirror gets from outside.
  ///
  /// @param backing the disk, on the loop that owns everything here
  /// @param gate in front of that disk
  /// @param transport the way to the other node
  /// @param dice random numbers, from which generations are drawn
  /// @param inquiry asks the other node, beside the link, whether it is Primary
  record Environment(
      Backing backing,
      DiskGate gate,
      PeerTransport transport,
      LongSupplier dice,
      PeerInquiry inquiry) {}

  Rooms(Environment outside, MirrorConfig config, MirrorListener listener, LocalCopy copy) {
    int transferMax = copy.disk().limits().transferBytesMax();
    Check.that(
        transferMax >= MirrorDevice.TRANSFER_BYTES_MAX,
        "the disk takes the mirror's longest transfer",
        transferMax,
        MirrorDevice.TRANSFER_BYTES_MAX);
    Loop loop = outside.backing().loop();
    BufferPool pool = outside.backing().pool();
    String name = config.nodeName();

    notices = new Notices(loop, listener);
    role = new OwnRole(copy, notices, name);
    connection =
        new PeerConnection(loop, pool, outside.transport(), config.limits(), copy, role, notices);

    var ranges = new RangeQueue();
    generations = new AloneGeneration(copy, connection, outside.dice(), notices);
    peerReads =
        new PeerReads(loop, pool, copy, role, connection, ranges, notices, config.diskName());
    writes = new WritePath(loop, copy, config, connection, generations, role, peerReads, ranges);
    peerWrites = new PeerWrites(pool, copy, connection, listener);

    resyncSource =
        new ResyncSource(
            loop, pool, copy, config, connection, ranges, writes, generations, notices);
    loss = new AcceptedLoss(loop, copy, connection, resyncSource, notices, name);
    resyncTarget = new ResyncTarget(loop, pool, copy, connection, peerWrites, generations, notices);

    standstill = new Standstill(loop, connection, notices);
    var givenUp = new GivenUp(copy, connection);
    var oldWork = new OldWork(role, writes, peerWrites);
    roles =
        new Roles(
            loop,
            copy,
            config,
            role,
            connection,
            writes,
            peerWrites,
            generations,
            notices,
            listener,
            oldWork,
            outside.dice(),
            outside.inquiry());
    outdating =
        new Outdating(
            loop, copy, config, role, connection, peerWrites, resyncTarget, givenUp, standstill);
    lostDisk =
        new LostDisk(
            loop,
            copy,
            role,
            connection,
            writes,
            peerWrites,
            generations,
            resyncSource,
            resyncTarget,
            outdating);
    meeting =
        new Meeting(
            loop,
            copy,
            config,
            role,
            connection,
            peerWrites,
            generations,
            resyncSource,
            resyncTarget,
            roles,
            lostDisk,
            standstill,
            givenUp,
            oldWork,
            listener);
    var news = new PeerNews(copy, role, connection, peerWrites, roles, lostDisk, givenUp, listener);
    connection.serve(
        new Dispatch(
            copy,
            role,
            connection,
            meeting,
            roles,
            news,
            outdating,
            lostDisk,
            writes,
            peerWrites,
            peerReads,
            resyncSource,
            resyncTarget,
            listener));
    device = new MirrorDevice(loop, copy, name, role, roles, writes, resyncSource);
    replica = new ReplicaDevice(loop, copy, device);
    ending =
        new Ending(
            loop,
            copy,
            config,
            role,
            connection,
            peerWrites,
            resyncTarget,
            roles,
            notices,
            outside.gate());
    LostDisk.alert(config.diskName(), copy.superblock().failed()).ifPresent(notices::alert);
    connect();
    connect(loop, copy, config.diskName());
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

  private void connect(Loop loop, LocalCopy copy, String diskName) {
    copy.serve(writes);
    copy.whenChanged(notices::happened, notices::changed);
    copy.whenFailed(result -> sayFailed(diskName, result));
    copy.whenFailed(_ -> lostDisk.failedHere());
    copy.whenFailed(_ -> loop.execute(writes::giveUp));
  }

  private void sayFailed(String diskName, IoResult result) {
    if (result.reason() != IoResult.Reason.CLOSED) {
      notices.alert("The disk " + diskName + " has failed: " + result.detail());
    }
  }
}
