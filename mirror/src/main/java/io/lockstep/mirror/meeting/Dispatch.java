package io.lockstep.mirror.meeting;

import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.OwnRole;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.resync.ResyncSource;
import io.lockstep.mirror.resync.ResyncTarget;
import io.lockstep.mirror.resync.Resyncs;
import io.lockstep.mirror.role.Ending;
import io.lockstep.mirror.role.LostDisk;
import io.lockstep.mirror.role.Outdating;
import io.lockstep.mirror.role.Roles;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.wire.FrameLimits;
import io.lockstep.mirror.write.DataPath;
import io.lockstep.mirror.write.PeerReads;
import io.lockstep.mirror.write.PeerWrites;
import io.lockstep.mirror.write.WritePath;

/// What each frame means. Everything the peer says is checked here once, at the edge: a frame that
/// does not fit the moment, the role or the device ends the link with a reason and changes nothing.
/// Belongs to the mirror's loop.
public final class Dispatch implements PeerConnection.Receiver {
  private final Ledger ledger;
  private final LocalCopy copy;
  private final OwnRole role;
  private final PeerConnection connection;
  private final Meeting meeting;
  private final Roles roles;
  private final PeerNews news;
  private final Outdating outdating;
  private final LostDisk lostDisk;
  private final WritePath writes;
  private final PeerWrites peerWrites;
  private final PeerReads peerReads;
  private final ResyncSource resyncSource;
  private final ResyncTarget resyncTarget;
  private final MirrorListener listener;

  public Dispatch(Outside outside, Side side, DataPath data, Resyncs resyncs, Handlers handlers) {
    this.ledger = side.ledger();
    this.copy = side.copy();
    this.role = side.role();
    this.connection = side.connection();
    this.meeting = handlers.meeting();
    this.roles = handlers.roles();
    this.news = handlers.news();
    this.outdating = handlers.outdating();
    this.lostDisk = handlers.lostDisk();
    this.writes = data.writes();
    this.peerWrites = data.peerWrites();
    this.peerReads = data.peerReads();
    this.resyncSource = resyncs.source();
    this.resyncTarget = resyncs.target();
    this.listener = outside.listener();
  }

  @Override
  public void opened() {
    meeting.greet();
  }

  @Override
  public void received(long term, Frame frame) {
    switch (frame) {
      case Frame.Greeting greeting -> greeted(greeting);
      case Frame.Working working -> {
        if (!connection.session().hasMet()) {
          refuse(frame, "before the nodes have met");
        } else {
          afterMeeting(term, working);
        }
      }
    }
  }

  private void greeted(Frame.Greeting greeting) {
    switch (greeting) {
      case Frame.Hello hello -> meeting.greeted(hello);
      case Frame.ReportParams report -> meeting.reported(report);
      case Frame.Refuse refuse -> connection.keepTrying(refuse.reason());
      case Frame.Ping ping -> connection.send(new Frame.PingAck(ping.nonce()));
      case Frame.PingAck _ -> {}
      case Frame.Goodbye goodbye -> left(goodbye.reason());
    }
  }

  private void left(String reason) {
    boolean ends = reason.equals(Ending.SHUTTING_DOWN);
    if (ends) {
      listener.peerEnds();
    }
    if (ends || reason.equals(Meeting.GAVE_WAY)) {
      meeting.peerHasStopped();
    }
    connection.drop("the peer left: " + reason);
  }

  private void afterMeeting(long term, Frame.Working frame) {
    if (frame instanceof Frame.Resyncing && isDiskLost()) {
      connection.discard(frame); // It was under way when the resync ended.
      return;
    }
    if (isWordOfSource(frame)) {
      resyncTarget.sourceCopies();
    }
    switch (frame) {
      case Frame.Data data -> changed(term, data, data.offset(), data.payload().remaining());
      case Frame.Zeroes zeroes -> changed(term, zeroes, zeroes.offset(), zeroes.length());
      case Frame.ResyncData data -> resynced(data, data.offset(), data.payload().remaining());
      case Frame.ResyncZeroes zeroes -> resynced(zeroes, zeroes.offset(), zeroes.length());
      case Frame.Barrier barrier -> barrier(term, barrier);
      case Frame.WriteAck ack -> check(writes.acknowledged(ack.sequence()), ack);
      case Frame.NegAck _ -> lostDisk.failedAtPeer();
      case Frame.BarrierAck ack -> check(writes.epochs().barrierAcknowledged(ack.epoch()), ack);
      case Frame.BitmapChunk chunk -> resyncSource.bitmap(chunk);
      case Frame.BitmapEnd end -> resyncSource.bitmapEnd(end);
      case Frame.ResyncAck ack -> check(resyncSource.acknowledged(ack.sequence()), ack);
      case Frame.ResyncCommit commit -> resyncTarget.commit(commit);
      case Frame.ResyncCommitAck ack -> check(resyncSource.committed(ack.batch()), ack);
      case Frame.ResyncClear clear -> resyncTarget.clear(clear);
      case Frame.ResyncDone done -> resyncTarget.done(done);
      case Frame.ResyncDoneAck _ -> resyncSource.doneAcknowledged();
      case Frame.ResyncUnreadable found -> resyncTarget.unreadable(found);
      case Frame.LostBlocks lost -> resyncTarget.lostBlocks(lost);
      case Frame.ReadRequest request -> readRequest(request);
      case Frame.ReadReply reply -> check(peerReads.answered(reply), reply);
      case Frame.ReadRefused refusal -> check(peerReads.refused(refusal), refusal);
      case Frame.StateChange change -> news.told(change);
      case Frame.Handover handover -> roles.handover(handover.term());
      case Frame.HandoverRefused refusal -> roles.handoverRefused(refusal);
      case Frame.HandoverAck ack -> roles.handoverAcknowledged(ack.term());
      case Frame.Outdate outdate -> {
        resyncTarget.begin();
        outdating.outdate(outdate.reason());
      }
      case Frame.OutdateAck _ -> outdating.outdated();
    }
  }

  /// A write of the Primary: only to a Secondary, only in the present term (I5).
  private void changed(long term, Frame.Writing frame, long offset, long length) {
    if (isAcceptable(term, frame) && isInside(frame, offset, length)) {
      resyncTarget.begin();
      peerWrites.write(frame);
    }
  }

  /// What a source sends when it has decided too; of its state, when its superblock says so.
  private static boolean isWordOfSource(Frame frame) {
    return frame instanceof Frame.StateChange change
        ? change.diskState() == DiskState.UP_TO_DATE
        : frame instanceof Frame.Data
            || frame instanceof Frame.Zeroes
            || frame instanceof Frame.Barrier
            || frame instanceof Frame.Outdate;
  }

  /// A disk that fails, on either side, ends a resync and leaves the link.
  private boolean isDiskLost() {
    return copy.isFailed()
        || connection.peer().filter(peer -> peer.diskState() == DiskState.FAILED).isPresent();
  }

  private void readRequest(Frame.ReadRequest request) {
    if (isInside(request, request.offset(), request.length())) {
      peerReads.serve(request);
    }
  }

  private void resynced(Frame.Writing frame, long offset, long length) {
    if (!resyncTarget.isActive()) {
      refuse(frame, "while no resync is under way to this node");
    } else if (isInside(frame, offset, length)) {
      resyncTarget.begin();
      peerWrites.write(frame);
    }
  }

  private void barrier(long term, Frame.Barrier barrier) {
    if (isAcceptable(term, barrier)) {
      resyncTarget.begin();
      peerWrites.barrier(barrier.epoch());
    }
  }

  /// The term of a write is compared when the frame comes in; a change of term is a step in the
  /// same stream, so frames behind it carry it too.
  private boolean isAcceptable(long term, Frame frame) {
    if (role.role() != Role.SECONDARY) {
      refuse(frame, "although this node is Primary");
      return false;
    }
    if (term < ledger.term()) {
      refuse(frame, "of the older term " + term + ", now is " + ledger.term());
      return false;
    }
    return true;
  }

  private boolean isInside(Frame frame, long offset, long length) {
    int block = copy.superblock().geometry().logicalBlockBytes();
    boolean inside =
        offset >= 0
            && length > 0
            && offset <= copy.replicatedBytes() - length
            && offset % block == 0
            && length % block == 0;
    if (!inside || (frame instanceof Frame.Data && length > FrameLimits.PAYLOAD_BYTES_MAX)) {
      refuse(frame, "outside the device: " + offset + "+" + length);
      return false;
    }
    return true;
  }

  private void check(boolean expected, Frame frame) {
    if (!expected) {
      refuse(frame, "that nothing waits for");
    }
  }

  private void refuse(Frame frame, String why) {
    connection.discard(frame);
    connection.drop("unexpected " + frame.getClass().getSimpleName() + " " + why);
  }
}
