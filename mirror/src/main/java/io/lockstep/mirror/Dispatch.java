package io.lockstep.mirror;

import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.Frame;

/// What each frame means. Everything the peer says is checked here once, at the edge: a frame that
/// does not fit the moment, the role or the device ends the link with a reason and changes nothing.
/// Belongs to the mirror's loop.
final class Dispatch {
  private final Node node;
  private final LocalCopy copy;
  private final Meeting meeting;

  Dispatch(Node node, Meeting meeting) {
    this.node = node;
    this.copy = node.copy;
    this.meeting = meeting;
  }

  void received(long term, Frame frame) {
    switch (frame) {
      case Frame.Hello hello -> meeting.greeted(hello);
      case Frame.ReportParams report -> meeting.reported(report);
      case Frame.Refuse refuse -> node.connection.keepTrying(refuse.reason());
      case Frame.Ping ping -> node.connection.send(new Frame.PingAck(ping.nonce()));
      case Frame.PingAck _ -> {}
      case Frame.Goodbye goodbye -> left(goodbye.reason());
      default -> {
        if (!meeting.isDecided()) {
          refuse(frame, "before the nodes have met");
        } else {
          afterMeeting(term, frame);
        }
      }
    }
  }

  private void left(String reason) {
    boolean ends = reason.equals(Ending.SHUTTING_DOWN);
    if (ends) {
      node.listener.peerEnds();
    }
    if (ends || reason.equals(Meeting.GAVE_WAY)) {
      meeting.peerHasStopped();
    }
    node.connection.drop("the peer left: " + reason);
  }

  private void afterMeeting(long term, Frame frame) {
    if (isResync(frame) && isDiskLost()) {
      node.connection.discard(frame); // It was under way when the resync ended.
      return;
    }
    if (isWordOfSource(frame)) {
      node.resyncTarget.sourceCopies();
    }
    switch (frame) {
      case Frame.Data data -> changed(term, data, data.offset(), data.payload().remaining());
      case Frame.Zeroes zeroes -> changed(term, zeroes, zeroes.offset(), zeroes.length());
      case Frame.ResyncData data -> resynced(data, data.offset(), data.payload().remaining());
      case Frame.ResyncZeroes zeroes -> resynced(zeroes, zeroes.offset(), zeroes.length());
      case Frame.Barrier barrier -> barrier(term, barrier);
      case Frame.WriteAck ack -> check(node.writes.acknowledged(ack.sequence()), ack);
      case Frame.NegAck _ -> node.lostDisk.failedAtPeer();
      case Frame.BarrierAck ack ->
          check(node.writes.epochs().barrierAcknowledged(ack.epoch()), ack);
      case Frame.BitmapChunk chunk -> node.resyncSource.bitmap(chunk);
      case Frame.BitmapEnd end -> node.resyncSource.bitmapEnd(end);
      case Frame.ResyncAck ack -> check(node.resyncSource.acknowledged(ack.sequence()), ack);
      case Frame.ResyncCommit commit -> node.resyncTarget.commit(commit);
      case Frame.ResyncCommitAck ack -> check(node.resyncSource.committed(ack.batch()), ack);
      case Frame.ResyncClear clear -> node.resyncTarget.clear(clear);
      case Frame.ResyncDone done -> node.resyncTarget.done(done);
      case Frame.ResyncDoneAck _ -> node.resyncSource.doneAcknowledged();
      case Frame.ResyncUnreadable found -> node.resyncTarget.unreadable(found);
      case Frame.LostBlocks lost -> node.resyncTarget.lostBlocks(lost);
      case Frame.ReadRequest request -> readRequest(request);
      case Frame.ReadReply reply -> check(node.peerReads.answered(reply), reply);
      case Frame.ReadRefused refusal -> check(node.peerReads.refused(refusal), refusal);
      case Frame.StateChange change -> node.roles.peerState(change);
      case Frame.Handover handover -> node.roles.handover(handover.term());
      case Frame.HandoverRefused refusal -> node.roles.handoverRefused(refusal);
      case Frame.HandoverAck ack -> node.roles.handoverAcknowledged(ack.term());
      case Frame.Outdate outdate -> {
        node.resyncTarget.begin();
        node.outdating.outdate(outdate.reason());
      }
      case Frame.OutdateAck _ -> node.outdating.outdated();
      case Frame.ControlRequest request -> control(request);
      case Frame.ControlReply reply -> node.connection.answered(reply.id(), reply.body());
      case Frame.NodeReport report -> node.listener.peerReport(report.body());
      case Frame.Hello _,
          Frame.ReportParams _,
          Frame.Refuse _,
          Frame.Ping _,
          Frame.PingAck _,
          Frame.Goodbye _ ->
          refuse(frame, "handled before");
    }
  }

  /// A write of the Primary: only to a Secondary, only in the present term (I5).
  private void changed(long term, Frame frame, long offset, long length) {
    if (isAcceptable(term, frame) && isInside(frame, offset, length)) {
      node.resyncTarget.begin();
      node.peerWrites.write(frame);
    }
  }

  /// What a source sends when it has decided too; of its state, when its superblock says so.
  private static boolean isWordOfSource(Frame frame) {
    return switch (frame) {
      case Frame.StateChange change -> change.diskState() == DiskState.UP_TO_DATE;
      case Frame.Data _, Frame.Zeroes _, Frame.Barrier _, Frame.Outdate _ -> true;
      default -> false;
    };
  }

  private static boolean isResync(Frame frame) {
    return switch (frame) {
      case Frame.ResyncData _,
          Frame.ResyncZeroes _,
          Frame.ResyncAck _,
          Frame.ResyncCommit _,
          Frame.ResyncCommitAck _,
          Frame.ResyncClear _,
          Frame.ResyncDone _,
          Frame.ResyncDoneAck _,
          Frame.ResyncUnreadable _,
          Frame.LostBlocks _,
          Frame.BitmapChunk _,
          Frame.BitmapEnd _ ->
          true;
      default -> false;
    };
  }

  /// A disk that fails, on either side, ends a resync and leaves the link.
  private boolean isDiskLost() {
    return copy.isFailed()
        || node.connection.peer().filter(peer -> peer.diskState() == DiskState.FAILED).isPresent();
  }

  private void readRequest(Frame.ReadRequest request) {
    if (isInside(request, request.offset(), request.length())) {
      node.peerReads.serve(request);
    }
  }

  private void resynced(Frame frame, long offset, long length) {
    if (!node.resyncTarget.isActive()) {
      refuse(frame, "while no resync is under way to this node");
    } else if (isInside(frame, offset, length)) {
      node.resyncTarget.begin();
      node.peerWrites.write(frame);
    }
  }

  private void barrier(long term, Frame.Barrier barrier) {
    if (isAcceptable(term, barrier)) {
      node.resyncTarget.begin();
      node.peerWrites.barrier(barrier.epoch());
    }
  }

  /// The term of a write is compared when the frame comes in; a change of term is a step in the
  /// same stream, so frames behind it carry it too.
  private boolean isAcceptable(long term, Frame frame) {
    if (node.role() != Role.SECONDARY) {
      refuse(frame, "although this node is Primary");
      return false;
    }
    if (term < copy.term()) {
      refuse(frame, "of the older term " + term + ", now is " + copy.term());
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
    if (!inside || (frame instanceof Frame.Data && length > MirrorDevice.TRANSFER_BYTES_MAX)) {
      refuse(frame, "outside the device: " + offset + "+" + length);
      return false;
    }
    return true;
  }

  private void control(Frame.ControlRequest request) {
    PeerSession session = node.connection.session();
    node.listener.controlRequest(
        request.body(), answer -> session.send(new Frame.ControlReply(request.id(), answer)));
  }

  private void check(boolean expected, Frame frame) {
    if (!expected) {
      refuse(frame, "that nothing waits for");
    }
  }

  private void refuse(Frame frame, String why) {
    node.connection.discard(frame);
    node.connection.drop("unexpected " + frame.getClass().getSimpleName() + " " + why);
  }
}
