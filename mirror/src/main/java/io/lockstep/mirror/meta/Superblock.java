package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.Term;
import java.util.List;
import java.util.UUID;

/// What a backing disk knows of itself: who it belongs to, which data it holds and how good that
/// is. Kept twice on disk, see [SuperblockPair]. Immutable; changed copies come from the `with`
/// methods, and each write to disk is of [#next()].
///
/// @param sequence grows by one with every write
/// @param identity whose disk this is
/// @param geometry what the disk was laid out for, fixed for life
/// @param term the highest term this node has heard of
/// @param primaryNode the last Primary known in that term: 0, 1, or [#PRIMARY_NONE]
/// @param diskState INCONSISTENT, OUTDATED, CONSISTENT or UP_TO_DATE
/// @param allDirty every block is out of sync, whatever the bitmap pages say
/// @param keptAll the node has ended in order, and has met nobody since: every write acknowledged
///     to this disk's generation is on it, stably
/// @param failed the disk has failed: what it holds may be anything until it is filled anew
/// @param lostBlocks sectors are lost, and the table of them counts; see [LostBlocksTable]
/// @param generations which data the disk holds
public record Superblock(
    long sequence,
    Identity identity,
    Geometry geometry,
    long term,
    int primaryNode,
    DiskState diskState,
    boolean allDirty,
    boolean keptAll,
    boolean failed,
    boolean lostBlocks,
    Generations generations) {
  /// No Primary is known.
  public static final int PRIMARY_NONE = -1;

  /// Whose disk this is.
  ///
  /// @param pairId the pair of nodes
  /// @param mirrorId the mirror of that pair
  /// @param pairName the pair's short name, `[a-z0-9]`, 1 to 16 characters
  /// @param nodeId 0 or 1
  public record Identity(UUID pairId, UUID mirrorId, String pairName, int nodeId) {
    /// The longest pair name, in characters.
    public static final int PAIR_NAME_MAX = 16;

    public Identity {
      Check.that(isPairName(pairName), "pair name is [a-z0-9], 1 to 16 characters");
      Check.that(nodeId == 0 || nodeId == 1, "node id is 0 or 1", nodeId, 0);
    }

    /// Whether `text` can name a pair.
    public static boolean isPairName(String text) {
      if (text.isEmpty() || text.length() > PAIR_NAME_MAX) {
        return false;
      }
      return text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
    }
  }

  /// What the disk was laid out for.
  ///
  /// @param replicatedBytes the agreed size of the mirror
  /// @param logicalBlockBytes of the mirror's device: 512 or 4096
  /// @param physicalBlockBytes of the mirror's device: 512 or 4096
  /// @param activityLogSlots how many AL extents may be hot
  public record Geometry(
      long replicatedBytes, int logicalBlockBytes, int physicalBlockBytes, int activityLogSlots) {
    public Geometry {
      Check.that(isBlockSize(logicalBlockBytes), "logical block", logicalBlockBytes, 512);
      Check.that(isBlockSize(physicalBlockBytes), "physical block", physicalBlockBytes, 4096);
      Check.that(logicalBlockBytes <= physicalBlockBytes, "logical block <= physical block");
      Check.that(
          ActivityLog.isSlotCount(activityLogSlots),
          "activity-log slots",
          activityLogSlots,
          ActivityLog.SLOTS_MAX);
    }

    static boolean isBlockSize(int bytes) {
      return bytes == 512 || bytes == 4096;
    }

    public DiskLayout layout() {
      return DiskLayout.forReplicated(replicatedBytes);
    }
  }

  public Superblock {
    Check.that(sequence >= 0, "sequence >= 0", sequence, 0);
    Check.that(Term.exists(term), "term in range", term, Term.MAX);
    Check.that(primaryNode >= PRIMARY_NONE && primaryNode <= 1, "primary node", primaryNode, 1);
    Check.that(isStorable(diskState), "a disk state that lasts");
  }

  /// The superblock of a disk that was just laid out: Inconsistent, all dirty, no generation.
  public static Superblock created(Identity identity, Geometry geometry) {
    return new Superblock(
        0,
        identity,
        geometry,
        0,
        PRIMARY_NONE,
        DiskState.INCONSISTENT,
        true,
        false,
        false,
        false,
        Generations.NONE);
  }

  /// Whether `state` describes the data on a disk, not a moment in a node's life.
  public static boolean isStorable(DiskState state) {
    return switch (state) {
      case INCONSISTENT, OUTDATED, CONSISTENT, UP_TO_DATE -> true;
      case DISKLESS, ATTACHING, FAILED, NEGOTIATING, DUNKNOWN -> false;
    };
  }

  public DiskLayout layout() {
    return geometry.layout();
  }

  /// The region table that goes to disk.
  public List<Region> regions() {
    return layout().regions();
  }

  /// The same with the next sequence number: what is written.
  public Superblock next() {
    return copy().sequence(sequence + 1).build();
  }

  public Superblock withTerm(long newTerm, int newPrimaryNode) {
    return copy().term(newTerm).primaryNode(newPrimaryNode).build();
  }

  public Superblock withDiskState(DiskState value) {
    return copy().diskState(value).build();
  }

  public Superblock withAllDirty(boolean value) {
    return copy().allDirty(value).build();
  }

  public Superblock withKeptAll(boolean value) {
    return copy().keptAll(value).build();
  }

  public Superblock withFailed(boolean value) {
    return copy().failed(value).build();
  }

  public Superblock withLostBlocks(boolean value) {
    return copy().lostBlocks(value).build();
  }

  public Superblock withGenerations(Generations value) {
    return copy().generations(value).build();
  }

  /// For several changes at once.
  public Builder copy() {
    return new Builder(this);
  }

  /// A superblock being changed. Not thread-safe.
  public static final class Builder {
    private final Identity identity;
    private final Geometry geometry;
    private long sequence;
    private long term;
    private int primaryNode;
    private DiskState diskState;
    private boolean allDirty;
    private boolean keptAll;
    private boolean failed;
    private boolean lostBlocks;
    private Generations generations;

    private Builder(Superblock from) {
      identity = from.identity;
      geometry = from.geometry;
      sequence = from.sequence;
      term = from.term;
      primaryNode = from.primaryNode;
      diskState = from.diskState;
      allDirty = from.allDirty;
      keptAll = from.keptAll;
      failed = from.failed;
      lostBlocks = from.lostBlocks;
      generations = from.generations;
    }

    public Builder sequence(long value) {
      sequence = value;
      return this;
    }

    public Builder term(long value) {
      term = value;
      return this;
    }

    public Builder primaryNode(int value) {
      primaryNode = value;
      return this;
    }

    public Builder diskState(DiskState value) {
      diskState = value;
      return this;
    }

    public Builder allDirty(boolean value) {
      allDirty = value;
      return this;
    }

    public Builder keptAll(boolean value) {
      keptAll = value;
      return this;
    }

    public Builder failed(boolean value) {
      failed = value;
      return this;
    }

    public Builder lostBlocks(boolean value) {
      lostBlocks = value;
      return this;
    }

    public Builder generations(Generations value) {
      generations = value;
      return this;
    }

    public Superblock build() {
      return new Superblock(
          sequence,
          identity,
          geometry,
          term,
          primaryNode,
          diskState,
          allDirty,
          keptAll,
          failed,
          lostBlocks,
          generations);
    }
  }
}
