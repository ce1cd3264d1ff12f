package io.lockstep.mirror;

import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// An immutable picture of a mirror, taken on its loop.
///
/// @param pairId the pair both nodes belong to
/// @param pairName its short name, part of every IQN
/// @param mirrorId this mirror of the pair
/// @param nodeId 0 or 1
/// @param nodeName this node's name
/// @param role this node's role
/// @param peerRole the other node's, where known
/// @param diskState the local disk's state
/// @param peerDiskState the other disk's, DUnknown without a connection
/// @param connectionState the connection's state
/// @param term the highest term known
/// @param currentGeneration the local data's generation
/// @param outOfSyncBytes how much is marked as different
/// @param replicatedBytes size of the replicated space
/// @param replicatedOffset where it begins on the local disk
/// @param resync the resync under way
/// @param peerName the other node's name, once it was met
/// @param reason why the connection stands still, or empty: split brain, another pair, ...
/// @param splitBrain whether it stands still because both nodes hold changes that the other lacks
/// @param alerts sentences for the administrator: damaged metadata that was read around, ...
/// @param unreadable blocks that a resync could not read, or whose content was given up
/// @param blocksReadFromPeer blocks of 4 KiB that this disk could not read and the other one could
/// @param lastResyncBytesSent payload the last (or present) resync put on the wire
public record MirrorStatus(
    UUID pairId,
    String pairName,
    UUID mirrorId,
    int nodeId,
    String nodeName,
    Role role,
    Optional<Role> peerRole,
    DiskState diskState,
    DiskState peerDiskState,
    ConnectionState connectionState,
    long term,
    long currentGeneration,
    long outOfSyncBytes,
    long replicatedBytes,
    long replicatedOffset,
    Optional<Resync> resync,
    Optional<String> peerName,
    String reason,
    boolean splitBrain,
    List<String> alerts,
    Unreadable unreadable,
    long blocksReadFromPeer,
    long lastResyncBytesSent) {

  /// Whether this node is Primary and the other one has each write before it is acknowledged.
  public boolean isFollowed() {
    return role == Role.PRIMARY
        && connectionState == ConnectionState.CONNECTED
        && peerRole.equals(Optional.of(Role.SECONDARY))
        && peerDiskState == DiskState.UP_TO_DATE;
  }

  /// Blocks of 4 KiB that no node can read.
  ///
  /// @param blocks those for which a resync pauses
  /// @param acceptedBlocks those whose content a person has given up: reading them is an error
  ///     until they are written
  /// @param firstOffsets where the first of either begin, in bytes of the replicated space
  public record Unreadable(long blocks, long acceptedBlocks, List<Long> firstOffsets) {
    /// The most offsets that are named.
    public static final int OFFSETS_MAX = 16;

    public Unreadable {
      firstOffsets = List.copyOf(firstOffsets);
    }
  }

  /// A resync under way.
  ///
  /// @param source whether this node is the source
  /// @param totalBytes out of sync when it began
  /// @param doneBytes no longer out of sync
  /// @param sentBytes payload on the wire; zeroes travel as a length
  /// @param bytesPerSecond over the last seconds
  /// @param secondsLeft at that rate; -1 unknown
  public record Resync(
      boolean source,
      long totalBytes,
      long doneBytes,
      long sentBytes,
      long bytesPerSecond,
      long secondsLeft) {}
}
