package io.lockstep.mirror.link;

import io.lockstep.block.Check;

/// What a mirror is told when it starts; the rest is on its disk.
///
/// @param nodeName this node's name, for people; 1 to 63 characters
/// @param mirrorName what the mirror is called, the same on both nodes
/// @param diskName what messages call the local disk: its path
/// @param release the running release, shown to the other node
/// @param limits sizes and times
public record MirrorConfig(
    String nodeName, String mirrorName, String diskName, String release, Limits limits) {
  public MirrorConfig {
    Check.that(!nodeName.isEmpty() && nodeName.length() <= 63, "node name of 1 to 63 characters");
  }

  /// Sizes and times of a mirror, all with a name.
  ///
  /// @param activeExtentsMax slots of the activity log; 4 MiB of disk each
  /// @param writesInFlightMax writes and other changes under way at once on the Primary
  /// @param unretiredWritesMax writes not known to be stable on both disks, at most
  /// @param queuedMax operations that may wait for a place; beyond it the mirror answers BUSY
  /// @param pingIntervalNanos how often a silent peer is asked
  /// @param peerTimeoutNanos a peer silent for so long is gone
  /// @param idleBarrierNanos how long without a write until both disks are flushed behind the last
  /// @param resyncChunkBytes one resync read, a multiple of 4 KiB, at most 1 MiB
  /// @param resyncChunksInFlight how many of them are under way
  /// @param resyncCommitBytes after how many bytes both disks are flushed and the bits cleared
  /// @param roleChangeNanosMax how long a change of role waits for old work on a disk
  public record Limits(
      int activeExtentsMax,
      int writesInFlightMax,
      int unretiredWritesMax,
      int queuedMax,
      long pingIntervalNanos,
      long peerTimeoutNanos,
      long idleBarrierNanos,
      int resyncChunkBytes,
      int resyncChunksInFlight,
      long resyncCommitBytes,
      long roleChangeNanosMax) {
    /// The values of a real pair.
    public static final Limits DEFAULT =
        new Limits(
            992,
            1024,
            8192,
            16_384,
            1_000_000_000L,
            4_000_000_000L,
            50_000_000L,
            256 << 10,
            8,
            64L << 20,
            10_000_000_000L);
  }
}
