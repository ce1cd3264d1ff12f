package io.lockstep.mirror.wire;

import io.lockstep.block.BlockRange;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Role;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/// What one node says to the other. The sender's term travels in every frame's header, beside the
/// frame. The bytes are described in [FrameWriter].
///
/// **Payload.** A `ByteBuffer` in a received frame belongs to the reader's pool: whoever receives
/// the frame gives it back once, with [FrameReader#release]. A sender keeps the payload unchanged
/// until the transport says that the frame was sent.
public sealed interface Frame {
  /// What may come before the nodes have met, and says how things stand between them.
  sealed interface Greeting extends Frame {}

  /// What only nodes say that have met.
  sealed interface Working extends Frame {}

  /// What belongs to a resync, and ends with it.
  sealed interface Resyncing extends Working {}

  /// What changes the receiver's disk.
  sealed interface Writing extends Working {}

  /// What carries a buffer of the reader's pool.
  sealed interface Pooled extends Working {
    /// That buffer.
    ByteBuffer payload();
  }

  // ---- meeting

  /// The first frame from each side.
  ///
  /// @param versionMin the lowest protocol version spoken
  /// @param versionMax the highest; both sides use the lower of the two maxima
  /// @param features bits of what is offered; what both offer is used
  /// @param pairId the pair of nodes
  /// @param mirrorId the mirror of the pair that this connection is for
  /// @param nodeId 0 or 1
  /// @param nodeName for people, at most [FrameLimits#NAME_BYTES_MAX] bytes
  /// @param pairName for people
  /// @param mirrorName what the sender's configuration calls the mirror; the same on both nodes
  /// @param release the sender's release, for people
  record Hello(
      int versionMin,
      int versionMax,
      long features,
      UUID pairId,
      UUID mirrorId,
      int nodeId,
      String nodeName,
      String pairName,
      String mirrorName,
      String release)
      implements Greeting {}

  /// The state of the sender's disk, from which both sides draw the same decision.
  ///
  /// @param primaryNode the last Primary known in `term`, -1 = none
  /// @param flags sum of the `FLAG_` numbers
  /// @param controlBytes how much of the replicated space is the control region
  /// @param outOfSyncBlocks bits set in the sender's bitmap
  /// @param consentGeneration the receiver's current generation at the split for which the sender's
  ///     administrator gives up the sender's changes; 0 = nothing is given up
  record ReportParams(
      Generations generations,
      long term,
      int primaryNode,
      Role role,
      DiskState diskState,
      int flags,
      long replicatedBytes,
      long controlBytes,
      int logicalBlockBytes,
      int physicalBlockBytes,
      long outOfSyncBlocks,
      long consentGeneration)
      implements Greeting {
    /// The sender is Primary, and a host has written in its term.
    public static final int FLAG_WROTE = 1;

    /// The disk was just laid out and never held data.
    public static final int FLAG_NEW_DISK = 4;

    /// The sender ended in order while UpToDate, and so lost no write that was acknowledged.
    public static final int FLAG_KEPT_ALL = 8;

    /// The sender's disk has failed at some time and was not filled anew since.
    public static final int FLAG_FAILED = 16;

    public boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }

  /// The nodes do not fit together; the connection ends.
  record Refuse(String reason) implements Greeting {}

  /// A run of bitmap words; words that are never sent are zero.
  ///
  /// @param firstWord number of the first word
  /// @param words whole words of 64 blocks
  record BitmapChunk(long firstWord, ByteBuffer words) implements Resyncing, Pooled {
    @Override
    public ByteBuffer payload() {
      return words;
    }
  }

  /// All of the sender's bitmap was sent.
  ///
  /// @param setCount how many bits were set in it, to compare
  record BitmapEnd(long setCount) implements Resyncing {}

  // ---- replicated writes

  /// An application's write.
  ///
  /// @param sequence number of the write, for its [WriteAck]
  /// @param epoch the write epoch it belongs to
  record Data(long sequence, long epoch, long offset, boolean fua, ByteBuffer payload)
      implements Working, Writing, Pooled {}

  /// An application's writeZeroes or discard.
  ///
  /// @param discard whether the space may be given back
  record Zeroes(long sequence, long epoch, long offset, long length, boolean fua, boolean discard)
      implements Working, Writing {}

  /// The write is done; with FUA it is stable.
  record WriteAck(long sequence) implements Working {}

  /// The write failed on the sender's disk.
  record NegAck(long sequence, String reason) implements Working {}

  /// The epoch is over: flush every write of it and of those before it.
  record Barrier(long epoch) implements Working {}

  /// Every write up to and including `epoch` is stable on the sender's disk.
  record BarrierAck(long epoch) implements Working {}

  // ---- resync

  /// A block run that was out of sync.
  record ResyncData(long sequence, long offset, ByteBuffer payload)
      implements Resyncing, Writing, Pooled {}

  /// A block run that was out of sync and is zero.
  record ResyncZeroes(long sequence, long offset, long length) implements Resyncing, Writing {}

  /// The resync write is done, not yet stable.
  record ResyncAck(long sequence) implements Resyncing {}

  /// Flush every resync write of `batch`.
  record ResyncCommit(long batch) implements Resyncing {}

  /// Every resync write of `batch` is stable.
  record ResyncCommitAck(long batch) implements Resyncing {}

  /// These ranges are identical and stable on both disks: clear their bits.
  ///
  /// @param ranges 1 to [FrameLimits#RANGES_MAX]
  record ResyncClear(long batch, List<BlockRange> ranges) implements Resyncing {
    public ResyncClear {
      ranges = List.copyOf(ranges);
    }
  }

  /// Nothing is out of sync any more: take over these generations.
  record ResyncDone(Generations generations) implements Resyncing {}

  /// The generations of [ResyncDone] are stable on the sender's disk.
  record ResyncDoneAck() implements Resyncing {}

  /// Nothing is left to be copied but blocks that the source cannot read: the resync pauses.
  ///
  /// @param blocks how many
  /// @param firstOffsets where the first of them begin, at most [FrameLimits#OFFSETS_MAX]
  record ResyncUnreadable(long blocks, List<Long> firstOffsets) implements Resyncing {
    public ResyncUnreadable {
      firstOffsets = List.copyOf(firstOffsets);
    }
  }

  /// The content of these blocks is lost, on both disks: take the list over in place of your own
  /// before you answer [ResyncDone].
  ///
  /// @param entries number of the block times 256, plus a bit for each lost sector; ascending, at
  ///     most [FrameLimits#LOST_BLOCKS_MAX]
  record LostBlocks(List<Long> entries) implements Resyncing {
    public LostBlocks {
      entries = List.copyOf(entries);
    }
  }

  // ---- reading from the other node

  /// Read these bytes for a sender that cannot read its own disk.
  record ReadRequest(long id, long offset, long length) implements Working {}

  /// What the sender's disk holds there.
  record ReadReply(long id, ByteBuffer payload) implements Working, Pooled {}

  /// The sender cannot read them either, or its disk is not UpToDate.
  record ReadRefused(long id, String reason) implements Working {}

  // ---- states and roles

  /// Something about the sender changed.
  record StateChange(
      Role role, DiskState diskState, long term, int primaryNode, Generations generations)
      implements Working {}

  /// The sender wants to be Primary in `term`: drain, and step down.
  record Handover(long term) implements Working {}

  /// The sender has drained and stepped down, durably: be Primary in `term`.
  record HandoverAck(long term) implements Working {}

  /// The sender stays what it is: do not be Primary in `term`.
  record HandoverRefused(long term, String reason) implements Working {}

  /// Mark your data as Outdated: the sender goes on without you.
  record Outdate(String reason) implements Working {}

  /// The sender's disk is durably Outdated.
  record OutdateAck() implements Working {}

  // ---- keeping in touch

  record Ping(long nonce) implements Greeting {}

  record PingAck(long nonce) implements Greeting {}

  /// The sender ends the connection on purpose; nothing follows.
  record Goodbye(String reason) implements Greeting {}
}
