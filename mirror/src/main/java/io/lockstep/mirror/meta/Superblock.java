package io.lockstep.mirror.meta;

import io.lockstep.block.Check;
import io.lockstep.mirror.meta.CopyFacts.Mark;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.NodeIdentity;
import java.util.EnumSet;

/// What a backing disk knows of itself: who it belongs to, where things lie on it, how good its
/// data is, and what the node knows of the mirror's history. Kept twice on disk, see
/// [SuperblockPair]. Immutable; changed copies come from the `with` methods, and each write to disk
/// is of [#next()].
///
/// @param sequence grows by one with every write
/// @param identity whose disk this is
/// @param geometry what the disk was laid out for, fixed for life
/// @param layout where things lie
/// @param facts how good this copy of the data is
/// @param ledger what the node knows of the mirror's history
/// @param kept what only a later release understands
public record Superblock(
    long sequence,
    NodeIdentity identity,
    Geometry geometry,
    DiskLayout layout,
    CopyFacts facts,
    LedgerEntry ledger,
    KeptBytes kept) {
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
  }

  public Superblock {
    Check.that(sequence >= 0, "sequence >= 0", sequence, 0);
    Check.that(geometry.replicatedBytes == layout.replicatedBytes(), "one size");
  }

  /// The superblock of a disk that was just laid out: Inconsistent, all dirty, no generation.
  public static Superblock created(NodeIdentity identity, Geometry geometry, DiskLayout layout) {
    return new Superblock(
        0, identity, geometry, layout, CopyFacts.NEW, LedgerEntry.BLANK, KeptBytes.NONE);
  }

  /// The same disk laid out anew: it holds nothing any more, but its node has forgotten no term.
  public Superblock laidOutAnew(Geometry newGeometry, DiskLayout newLayout) {
    return new Superblock(
        sequence + 1,
        identity,
        newGeometry,
        newLayout,
        CopyFacts.NEW,
        ledger.withGenerations(Generations.NONE),
        KeptBytes.NONE);
  }

  public long term() {
    return ledger.term();
  }

  public int primaryNode() {
    return ledger.primaryNode();
  }

  public Generations generations() {
    return ledger.generations();
  }

  public DiskState diskState() {
    return facts.diskState();
  }

  public boolean allDirty() {
    return facts.has(Mark.ALL_DIRTY);
  }

  public boolean keptAll() {
    return facts.has(Mark.KEPT_ALL);
  }

  public boolean failed() {
    return facts.has(Mark.FAILED);
  }

  public boolean lostBlocks() {
    return facts.has(Mark.LOST_BLOCKS);
  }

  /// The same with the next sequence number: what is written.
  public Superblock next() {
    return copy().sequence(sequence + 1).build();
  }

  public Superblock withLedger(LedgerEntry value) {
    return new Superblock(sequence, identity, geometry, layout, facts, value, kept);
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

  /// For several changes at once.
  public Builder copy() {
    return new Builder(this);
  }

  /// A superblock being changed. Not thread-safe.
  public static final class Builder {
    private final Superblock from;
    private long sequence;
    private long term;
    private int primaryNode;
    private DiskState diskState;
    private final EnumSet<Mark> marks = EnumSet.noneOf(Mark.class);
    private Generations generations;

    private Builder(Superblock from) {
      this.from = from;
      sequence = from.sequence;
      term = from.term();
      primaryNode = from.primaryNode();
      diskState = from.diskState();
      marks.addAll(from.facts.marks());
      generations = from.generations();
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
      return mark(Mark.ALL_DIRTY, value);
    }

    public Builder keptAll(boolean value) {
      return mark(Mark.KEPT_ALL, value);
    }

    public Builder failed(boolean value) {
      return mark(Mark.FAILED, value);
    }

    public Builder lostBlocks(boolean value) {
      return mark(Mark.LOST_BLOCKS, value);
    }

    private Builder mark(Mark mark, boolean value) {
      if (value) {
        marks.add(mark);
      } else {
        marks.remove(mark);
      }
      return this;
    }

    public Builder generations(Generations value) {
      generations = value;
      return this;
    }

    public Superblock build() {
      return new Superblock(
          sequence,
          from.identity,
          from.geometry,
          from.layout,
          new CopyFacts(diskState, marks),
          new LedgerEntry(term, primaryNode, generations),
          from.kept);
    }
  }
}
