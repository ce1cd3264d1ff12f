package io.lockstep.mirror;

import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.FrameLimits;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/// An immutable picture of a mirror, taken on its loop.
///
/// @param identity which mirror of which pair, and whose picture
/// @param own this node's side
/// @param peer the other node's side, as far as it is known
/// @param link the connection to it
/// @param replicated what is replicated
/// @param difference what differs between the sides
/// @param trouble what a person should know
public record MirrorStatus(
    Identity identity,
    Own own,
    Peer peer,
    Link link,
    Replicated replicated,
    Difference difference,
    Trouble trouble) {

  /// Which mirror it is.
  ///
  /// @param pairId the pair both nodes belong to
  /// @param pairName its short name, part of every IQN
  /// @param mirrorId this mirror of the pair
  /// @param nodeId 0 or 1
  /// @param nodeName this node's name
  public record Identity(
      UUID pairId, String pairName, UUID mirrorId, int nodeId, String nodeName) {}

  /// This node's side.
  ///
  /// @param role this node's role
  /// @param diskState the local disk's state
  /// @param term the highest term known
  /// @param generation the local data's current generation
  public record Own(Role role, DiskState diskState, long term, long generation) {}

  /// The other node's side.
  ///
  /// @param name its name, once it was met
  /// @param role its role, where known
  /// @param diskState its disk's state, DUnknown without a connection
  public record Peer(Optional<String> name, Optional<Role> role, DiskState diskState) {}

  /// The connection between the sides.
  ///
  /// @param state the connection's state
  /// @param reason why it stands still, or empty: split brain, another pair, ...
  /// @param splitBrain whether it stands still because both nodes hold changes that the other lacks
  public record Link(ConnectionState state, String reason, boolean splitBrain) {}

  /// The replicated space.
  ///
  /// @param bytes its size
  /// @param offset where it begins on the local disk
  /// @param controlBytes how much of it, from its beginning, is the control region
  public record Replicated(long bytes, long offset, long controlBytes) {
    /// Of a node without a disk, which nobody has told.
    static final Replicated UNKNOWN = new Replicated(0, 0, 0);
  }

  /// What differs between the sides.
  ///
  /// @param outOfSyncBytes how much is marked as different
  /// @param resync the resync under way
  /// @param lastResyncBytesSent payload the last (or present) resync put on the wire
  public record Difference(
      long outOfSyncBytes, Optional<Resync> resync, long lastResyncBytesSent) {}

  /// What is not as it should be.
  ///
  /// @param unreadable blocks that a resync could not read, or whose content was given up
  /// @param blocksReadFromPeer blocks of 4 KiB that this disk could not read, and the other could
  public record Trouble(Unreadable unreadable, long blocksReadFromPeer) {}

  public String nodeName() {
    return identity.nodeName;
  }

  public Role role() {
    return own.role;
  }

  public DiskState diskState() {
    return own.diskState;
  }

  public long term() {
    return own.term;
  }

  public long currentGeneration() {
    return own.generation;
  }

  public Optional<Role> peerRole() {
    return peer.role;
  }

  public DiskState peerDiskState() {
    return peer.diskState;
  }

  public ConnectionState connectionState() {
    return link.state;
  }

  public String reason() {
    return link.reason;
  }

  public boolean splitBrain() {
    return link.splitBrain;
  }

  public long replicatedBytes() {
    return replicated.bytes;
  }

  public long replicatedOffset() {
    return replicated.offset;
  }

  public long controlBytes() {
    return replicated.controlBytes;
  }

  public long outOfSyncBytes() {
    return difference.outOfSyncBytes;
  }

  public Unreadable unreadable() {
    return trouble.unreadable;
  }

  public long blocksReadFromPeer() {
    return trouble.blocksReadFromPeer;
  }

  /// Whether this node is Primary and the other one has each write before it is acknowledged.
  public boolean isFollowed() {
    return own.role == Role.PRIMARY
        && link.state == ConnectionState.CONNECTED
        && peer.role.equals(Optional.of(Role.SECONDARY))
        && peer.diskState == DiskState.UP_TO_DATE;
  }

  /// Blocks of 4 KiB that no node can read.
  ///
  /// @param blocks those for which a resync pauses
  /// @param acceptedBlocks those whose content a person has given up: reading them is an error
  ///     until they are written
  /// @param firstOffsets where the first of either begin, in bytes of the replicated space
  public record Unreadable(long blocks, long acceptedBlocks, List<Long> firstOffsets) {
    /// The most offsets that are named.
    public static final int OFFSETS_MAX = FrameLimits.OFFSETS_MAX;

    public Unreadable {
      firstOffsets = List.copyOf(firstOffsets);
    }
  }

  /// A resync under way.
  ///
  /// @param source whether this node is the source
  /// @param totalBytes out of sync when it began, on either node; empty on a target that is filled
  ///     by its bitmap, which does not know what the source has marked
  /// @param doneBytes no longer out of sync
  /// @param sentBytes payload on the wire; zeroes travel as a length
  /// @param bytesPerSecond over the last seconds
  /// @param secondsLeft at that rate; -1 while it is unknown, or too little was measured
  public record Resync(
      boolean source,
      OptionalLong totalBytes,
      long doneBytes,
      long sentBytes,
      long bytesPerSecond,
      long secondsLeft) {}
}
