package io.lockstep.mirror.state;

/// The decision when two nodes meet: who has the newer data, and whether the bitmaps say where it
/// differs. A pure function; keeps I3 (a set bit is never ignored), I7 (newer data is never
/// overwritten), I10 (every meeting ends in a plan or a named stop).
///
/// Rules, first match (S source, T target):
///
/// | # | condition | plan |
/// |---|---|---|
/// | 1 | both Primary | stop, split brain |
/// | 2 | one disk is new | full resync to it; both new: stop |
/// | 3 | exactly one Inconsistent | the other is S; both: stop |
/// | 4 | equal current generations | no bit on either side: in sync; else resync the union |
/// | 5 | my bitmap generation is their current | S, by bitmap (and its mirror image) |
/// | 6 | their current is in my history | S, full (and its mirror image) |
/// | 7 | equal bitmap generations, or histories meet | split brain: stop, unless one discards |
/// | 8 | nothing in common | stop: unrelated data |
///
/// In rule 4, S is a present Primary; else the node that stayed up, or ended in order; else the
/// last Primary.
///
/// Whatever the rule, a Primary never becomes T: that is a stop with its own sentence.
public final class Handshake {
  private Handshake() {}

  /// What `mine` does now that it has met `theirs`.
  public static Plan decide(Party mine, Party theirs) {
    if (mine.isPrimary() && theirs.isPrimary()) {
      return new Plan.Stop(
          true,
          "both nodes are Primary",
          "demote the node whose changes are to be given up, then connect it with"
              + " --discard-my-data");
    }
    Plan plan = compare(mine, theirs);
    if (plan instanceof Plan.Resync resync) {
      Party target = resync.localIsSource() ? theirs : mine;
      if (target.isPrimary()) {
        return new Plan.Stop(
            false,
            "node " + target.nodeId() + " is Primary but its peer holds newer data",
            "demote node " + target.nodeId() + ", then connect again");
      }
    }
    return plan;
  }

  /// Which of two nodes resumes as Primary when they have met and neither is: the last Primary, at
  /// once or, if it is the target of a resync by bitmap, when that has ended. A full resync is too
  /// long to wait for: then it is the node that has the data.
  ///
  /// @return a node id, or -1 if nobody was Primary
  public static int resumes(Party mine, Party theirs, Plan plan) {
    int last = lastPrimary(mine, theirs);
    if (last < 0) {
      return -1;
    }
    return switch (plan) {
      case Plan.Resync resync when resync.full() ->
          resync.localIsSource() ? mine.nodeId() : theirs.nodeId();
      case Plan.InSync _, Plan.Resync _ -> last;
      case Plan.Stop _ -> -1;
    };
  }

  private static Plan compare(Party mine, Party theirs) {
    if (mine.newDisk() && theirs.newDisk()) {
      return new Plan.Stop(
          false,
          "both disks are new: neither node has data",
          "initialise one node's disk as the first of the pair");
    }
    if (mine.newDisk() || theirs.newDisk()) {
      Party source = mine.newDisk() ? theirs : mine;
      if (source.isInconsistent()) {
        return bothInconsistent();
      }
      return full(theirs.newDisk(), source, "the other disk is new");
    }
    Relation relation = Relation.of(mine.generations(), theirs.generations());
    if (mine.isInconsistent() && theirs.isInconsistent()) {
      return bothInconsistent();
    }
    if (mine.isInconsistent() || theirs.isInconsistent()) {
      return fromTheConsistent(mine, theirs, relation);
    }
    return byRelation(mine, theirs, relation);
  }

  private static Plan fromTheConsistent(Party mine, Party theirs, Relation relation) {
    boolean localIsSource = theirs.isInconsistent();
    Party source = localIsSource ? mine : theirs;
    boolean byBitmap =
        relation == Relation.EQUAL
            || relation == (localIsSource ? Relation.MINE_NEWER : Relation.THEIRS_NEWER);
    if (!byBitmap) {
      return full(localIsSource, source, "the other disk is Inconsistent, no bitmap fits");
    }
    Party target = localIsSource ? theirs : mine;
    return new Plan.Resync(
        localIsSource,
        false,
        target.generations().current(),
        "the other disk is Inconsistent: an interrupted resync goes on");
  }

  private static Plan byRelation(Party mine, Party theirs, Relation relation) {
    return switch (relation) {
      case EQUAL -> equal(mine, theirs);
      case MINE_NEWER -> byBitmap(true, theirs, "the peer holds my bitmap generation");
      case THEIRS_NEWER -> byBitmap(false, mine, "I hold the peer's bitmap generation");
      case MINE_NEWER_FULL -> full(true, mine, "the peer's generation is in my history");
      case THEIRS_NEWER_FULL -> full(false, theirs, "my generation is in the peer's history");
      case SPLIT_BY_BITMAP, SPLIT_FULL -> split(mine, theirs, relation);
      case UNRELATED ->
          new Plan.Stop(
              false,
              "the two disks hold unrelated data",
              "check that both disks belong to this mirror; initialise the wrong one again");
    };
  }

  private static Plan equal(Party mine, Party theirs) {
    if (mine.outOfSyncBlocks() == 0 && theirs.outOfSyncBlocks() == 0) {
      return new Plan.InSync();
    }
    boolean localIsSource = isSourceOfEqual(mine, theirs);
    return new Plan.Resync(
        localIsSource,
        false,
        mine.generations().current(),
        "equal generations; blocks that were being written are copied again");
  }

  /// Equal generations: every acknowledged write is on both, but a node that was killed may have
  /// lost what was not flushed. So: a present Primary; else the node that lost nothing (it stayed
  /// up, or ended in order); else the last Primary; else the lower id.
  private static boolean isSourceOfEqual(Party mine, Party theirs) {
    if (mine.isPrimary() || theirs.isPrimary()) {
      return mine.isPrimary();
    }
    if (mine.lostNothing() != theirs.lostNothing()) {
      return mine.lostNothing();
    }
    int last = lastPrimary(mine, theirs);
    return last < 0 ? mine.nodeId() < theirs.nodeId() : last == mine.nodeId();
  }

  private static Plan split(Party mine, Party theirs, Relation relation) {
    if (mine.yieldsTo(theirs) == theirs.yieldsTo(mine)) {
      return new Plan.Stop(
          true,
          "split brain: both nodes have changes that the other lacks",
          "choose the node whose changes are to be given up and connect it with"
              + " --discard-my-data");
    }
    boolean localIsSource = theirs.yieldsTo(mine);
    Party source = localIsSource ? mine : theirs;
    String why = "split brain; node " + (localIsSource ? theirs : mine).nodeId() + " discards";
    if (relation == Relation.SPLIT_BY_BITMAP) {
      return new Plan.Resync(localIsSource, false, source.generations().bitmap(), why);
    }
    return full(localIsSource, source, why);
  }

  private static Plan byBitmap(boolean localIsSource, Party target, String why) {
    return new Plan.Resync(localIsSource, false, target.generations().current(), why);
  }

  private static Plan full(boolean localIsSource, Party source, String why) {
    return new Plan.Resync(localIsSource, true, source.generations().current(), why);
  }

  private static Plan bothInconsistent() {
    return new Plan.Stop(
        false,
        "both disks are Inconsistent: neither holds a complete copy",
        "bring back the node that was the source of the interrupted resync");
  }

  /// In a higher term its Primary counts; in an equal term a demotion (-1) is the later event, and
  /// two promotions that did not know of each other are told apart by the lower id.
  private static int lastPrimary(Party mine, Party theirs) {
    if (mine.term() != theirs.term()) {
      return mine.term() > theirs.term() ? mine.primaryNode() : theirs.primaryNode();
    }
    return Math.min(mine.primaryNode(), theirs.primaryNode());
  }

  /// How two histories of generations lie to each other.
  private enum Relation {
    EQUAL,
    MINE_NEWER,
    THEIRS_NEWER,
    MINE_NEWER_FULL,
    THEIRS_NEWER_FULL,
    SPLIT_BY_BITMAP,
    SPLIT_FULL,
    UNRELATED;

    static Relation of(Generations mine, Generations theirs) {
      if (mine.current() == theirs.current()) {
        return EQUAL;
      }
      boolean mineFollows = knows(mine, theirs.current());
      boolean theirsFollows = knows(theirs, mine.current());
      if (mineFollows && theirsFollows) {
        return SPLIT_FULL; // Each claims to be the other's successor: nobody is believed.
      }
      if (mineFollows) {
        return mine.bitmap() == theirs.current() ? MINE_NEWER : MINE_NEWER_FULL;
      }
      if (theirsFollows) {
        return theirs.bitmap() == mine.current() ? THEIRS_NEWER : THEIRS_NEWER_FULL;
      }
      if (mine.bitmap() != 0 && mine.bitmap() == theirs.bitmap()) {
        return SPLIT_BY_BITMAP;
      }
      return meet(mine, theirs) ? SPLIT_FULL : UNRELATED;
    }

    private static boolean knows(Generations later, long earlier) {
      return later.bitmap() == earlier || later.history().contains(earlier);
    }

    private static boolean meet(Generations mine, Generations theirs) {
      return theirs.history().contains(mine.bitmap())
          || mine.history().contains(theirs.bitmap())
          || mine.history().stream().anyMatch(theirs.history()::contains);
    }
  }
}
