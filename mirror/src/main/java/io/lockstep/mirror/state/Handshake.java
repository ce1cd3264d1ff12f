package io.lockstep.mirror.state;

/// The decision when two nodes meet: who has the newer data, and whether the bitmaps say where it
/// differs. A pure function; keeps I3 (a set bit is never ignored), I6 (nobody resumes on data that
/// may be stale), I7 (newer data is never overwritten), I10 (every meeting ends in a plan or a
/// named stop).
///
/// Rules, first match (S source, T target):
///
/// | # | condition | plan |
/// |---|---|---|
/// | 1 | both Primary | one steps down at once, and both stop |
/// | 2 | one node's disk fails now | connected without it; stop if it holds newer data, or both |
/// | 3 | one disk is new | full resync to it; both new: stop |
/// | 4 | exactly one Inconsistent | the other is S; both: stop |
/// | 5 | exactly one has failed before | the other is S, unless it is older: stop; both: stop |
/// | 6 | equal current generations | no bit on either side: in sync; else resync the union |
/// | 7 | my bitmap generation is their current | S, by bitmap (and its mirror image) |
/// | 8 | their current is in my history | S, full (and its mirror image) |
/// | 9 | equal bitmap generations, or histories meet | split brain: stop, unless one consents |
/// | 10 | nothing in common | stop: unrelated data |
///
/// In rule 1 the one whose disk has failed steps down; else the one without a host's write in its
/// term; if both or neither wrote, the one of the lower term. In rule 6, S is a present Primary;
/// else the node that stayed up, or ended in order; else not an Outdated node; else the last
/// Primary.
///
/// Whatever the rule: a Primary never becomes T, a disk that has failed is never S, and one that is
/// Outdated only if T, of the same generation, shows that nobody went on without it, and it has
/// lost nothing itself. Each is a stop with its own sentence.
public final class Handshake {
  private Handshake() {}

  /// What `mine` does now that it has met `theirs`.
  public static Plan decide(Party mine, Party theirs) {
    if (mine.isPrimary() && theirs.isPrimary()) {
      return stepDown(mine, theirs);
    }
    if (mine.isWithoutDisk() || theirs.isWithoutDisk()) {
      return withoutDisk(mine, theirs);
    }
    Plan plan = compare(mine, theirs);
    if (plan instanceof Plan.Resync resync) {
      Party source = resync.localIsSource() ? mine : theirs;
      Party target = resync.localIsSource() ? theirs : mine;
      return possible(source, target, plan);
    }
    return plan;
  }

  /// Which of two nodes resumes as Primary when they have met and neither is: the last Primary, at
  /// once or, if it is the target of a resync by bitmap, when that has ended. In a full resync it
  /// is too long to wait for, and what it held may have been newer than what is copied over it: so
  /// nobody resumes, unless the source itself was Primary last. Nor does it if the target is new or
  /// holds nothing that its history explains: that node may have been Primary since, on a disk that
  /// is gone. Except in the first term: nobody has been Primary before.
  ///
  /// @return a node id, or -1 if nobody does
  public static int resumes(Party mine, Party theirs, Plan plan) {
    int last = lastPrimary(mine, theirs);
    return switch (plan) {
      case Plan.Resync resync when resync.full() -> {
        Party source = resync.localIsSource() ? mine : theirs;
        Party target = resync.localIsSource() ? theirs : mine;
        boolean known = !target.isInconsistent() || Term.isFirst(source.term(), source.nodeId());
        yield source.nodeId() == last && known ? last : -1;
      }
      case Plan.InSync _, Plan.Resync _ -> last;
      case Plan.WithoutDisk _, Plan.StepDown _, Plan.Stop _ -> -1;
    };
  }

  private static Plan stepDown(Party mine, Party theirs) {
    int loser = loser(mine, theirs);
    return new Plan.StepDown(
        loser,
        Plan.Stop.splitBrain(
            "both nodes were Primary, and node " + loser + " has stopped serving",
            "connect them again; if both have changes, choose the node whose changes are to be"
                + " given up and connect it with --discard-my-data"));
  }

  /// Which of two Primaries stops serving: the one that is relied upon less. Equal terms do not
  /// come from honest nodes; the higher id loses, so that one does at any rate.
  private static int loser(Party mine, Party theirs) {
    Party stops;
    if (mine.isWithoutDisk() != theirs.isWithoutDisk()) {
      stops = mine.isWithoutDisk() ? mine : theirs;
    } else if (mine.wrote() != theirs.wrote()) {
      stops = mine.wrote() ? theirs : mine;
    } else if (mine.term() != theirs.term()) {
      stops = mine.term() < theirs.term() ? mine : theirs;
    } else {
      stops = mine.nodeId() > theirs.nodeId() ? mine : theirs;
    }
    return stops.nodeId();
  }

  private static Plan withoutDisk(Party mine, Party theirs) {
    if (mine.isWithoutDisk() && theirs.isWithoutDisk()) {
      return Plan.Stop.forNow(
          "the disks of both nodes have failed",
          "look at the hardware, and start both nodes again");
    }
    Party dead = mine.isWithoutDisk() ? mine : theirs;
    Party whole = mine.isWithoutDisk() ? theirs : mine;
    if (dead.newDisk() && !whole.isInconsistent()) {
      return new Plan.WithoutDisk(dead.nodeId());
    }
    if (whole.isInconsistent()) {
      return noWholeCopy(dead);
    }
    return switch (Relation.of(whole.generations(), dead.generations())) {
      case EQUAL, MINE_NEWER, MINE_NEWER_FULL -> new Plan.WithoutDisk(dead.nodeId());
      case THEIRS_NEWER, THEIRS_NEWER_FULL -> newerHasFailed(dead);
      case SPLIT_BY_BITMAP, SPLIT_FULL -> split();
      case UNRELATED -> unrelated();
    };
  }

  /// `plan`, unless this source or this target is none.
  private static Plan possible(Party source, Party target, Plan plan) {
    if (target.isPrimary()) {
      return Plan.Stop.forNow(
          "node " + target.nodeId() + " is Primary but its peer holds newer data",
          "demote node " + target.nodeId() + ", then they connect by themselves");
    }
    if (source.failed()) {
      return target.isInconsistent() ? nothingElse(source) : newerHasFailed(source);
    }
    if (mayBeBehind(source, target)) {
      return Plan.Stop.forGood(
          "node %d would be filled from node %d, whose disk is Outdated: the other disk of this"
                  .formatted(target.nodeId(), source.nodeId())
              + " mirror went on without it and held newer data",
          "bring that disk back; or, if what was written since is to be given up, promote node "
              + source.nodeId()
              + " with --force and connect both again");
    }
    return plan;
  }

  /// An Outdated disk was told that the other would go on without it. What is acknowledged alone is
  /// of a new generation (I4), so the other has not done so if it still is of the same; nor if it
  /// is Inconsistent since, for it was filled from here, and that was interrupted.
  private static boolean mayBeBehind(Party source, Party target) {
    boolean nobodyWentOn = source.generations().current() == target.generations().current();
    return source.isOutdated() && !(nobodyWentOn && source.lostNothing());
  }

  private static Plan compare(Party mine, Party theirs) {
    if (mine.newDisk() && theirs.newDisk()) {
      return Plan.Stop.forGood(
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
    if (mine.failed() && theirs.failed()) {
      return bothFailed(mine, theirs, relation);
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
      case SPLIT_BY_BITMAP, SPLIT_FULL -> healed(mine, theirs, relation);
      case UNRELATED -> unrelated();
    };
  }

  private static Plan equal(Party mine, Party theirs) {
    boolean same = mine.outOfSyncBlocks() == 0 && theirs.outOfSyncBlocks() == 0;
    if (same && !mine.failed() && !theirs.failed()) {
      return new Plan.InSync();
    }
    boolean localIsSource = isSourceOfEqual(mine, theirs);
    return new Plan.Resync(
        localIsSource,
        false,
        mine.generations().current(),
        "equal generations; blocks that were being written are copied again");
  }

  /// Equal generations: every acknowledged write is on both, but a disk that has failed may hold
  /// anything, and a node that was killed may have lost what was not flushed. So: the disk that has
  /// not failed; a present Primary; the node that lost nothing (it stayed up, or ended in order); a
  /// node that is not Outdated (nobody has to decide then); the last Primary; the lower id.
  private static boolean isSourceOfEqual(Party mine, Party theirs) {
    if (mine.failed() != theirs.failed()) {
      return theirs.failed();
    }
    if (mine.isPrimary() || theirs.isPrimary()) {
      return mine.isPrimary();
    }
    if (mine.lostNothing() != theirs.lostNothing()) {
      return mine.lostNothing();
    }
    if (mine.isOutdated() != theirs.isOutdated()) {
      return theirs.isOutdated();
    }
    int last = lastPrimary(mine, theirs);
    return last < 0 ? mine.nodeId() < theirs.nodeId() : last == mine.nodeId();
  }

  /// A split, healed if one side's changes are given up.
  private static Plan healed(Party mine, Party theirs, Relation relation) {
    if (mine.yieldsTo(theirs) == theirs.yieldsTo(mine)) {
      return split();
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

  // --- the stops that more than one rule comes to ---

  private static Plan split() {
    return Plan.Stop.splitBrain(
        "split brain: both nodes have changes that the other lacks",
        "choose the node whose changes are to be given up and connect it with"
            + " --discard-my-data");
  }

  private static Plan unrelated() {
    return Plan.Stop.forGood(
        "the two disks hold unrelated data",
        "check that both disks belong to this mirror; initialise the wrong one again");
  }

  private static Plan bothInconsistent() {
    return Plan.Stop.forNow(
        "both disks are Inconsistent: neither holds a complete copy",
        "bring back the node that was the source of the interrupted resync");
  }

  /// Neither is relied upon; which of the two has the better data is known all the same.
  private static Plan bothFailed(Party mine, Party theirs, Relation relation) {
    return switch (relation) {
      case MINE_NEWER, MINE_NEWER_FULL -> goOnWith(mine);
      case THEIRS_NEWER, THEIRS_NEWER_FULL -> goOnWith(theirs);
      case EQUAL -> goOnWith(isSourceOfEqual(mine, theirs) ? mine : theirs);
      case SPLIT_BY_BITMAP, SPLIT_FULL -> split();
      case UNRELATED -> unrelated();
    };
  }

  private static Plan goOnWith(Party better) {
    return Plan.Stop.forNow(
        "the disks of both nodes have failed before, and may have lost what was written to them",
        "look at the health of both; to go on with what the better one holds, promote node %d with"
                .formatted(better.nodeId())
            + " --force");
  }

  private static Plan noWholeCopy(Party dead) {
    return Plan.Stop.forNow(
        "the disk of node %d has failed, and the other holds no complete copy"
            .formatted(dead.nodeId()),
        "bring back that disk: nothing else holds all of the data");
  }

  private static Plan nothingElse(Party source) {
    return Plan.Stop.forNow(
        "the disk of node %d has failed before, and the other holds no complete copy"
            .formatted(source.nodeId()),
        "look at the health of that disk; to go on with what it holds, promote node %d with --force"
            .formatted(source.nodeId()));
  }

  private static Plan newerHasFailed(Party dead) {
    return Plan.Stop.forNow(
        "node %d has the newer data, and its disk has failed".formatted(dead.nodeId()),
        "save what that disk holds; to go on without it, promote node %d with --force"
            .formatted(1 - dead.nodeId()));
  }

  /// In a higher term its Primary counts; in an equal term a demotion (-1) is the later event.
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
