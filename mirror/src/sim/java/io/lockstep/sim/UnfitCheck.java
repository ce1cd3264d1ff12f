package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Plan;

/// I6, I11: a disk that holds a mixture is never served from; one that has failed, or was told that
/// the other has newer data, only by force until it has met the other again. A power cut does not
/// change that.
final class UnfitCheck implements StepCheck {
  private final SimWorld world;
  private final boolean[] outdated = new boolean[2];
  private final boolean[] mixed = new boolean[2];

  /// The generation under which each began to be filled last, unless that is the source's too.
  private final long[] filledFrom = new long[2];

  /// The disk is new, and was never filled.
  private final boolean[] fresh = new boolean[2];

  /// Decided to be the source, or in sync, while it was Outdated: noting that it is UpToDate may
  /// outlast the link.
  private final boolean[] source = new boolean[2];
  private final boolean[] serving = new boolean[2];

  /// Died while that was being noted: its disk may say so when it comes back.
  private final boolean[] diedAsSource = new boolean[2];

  UnfitCheck(SimWorld world) {
    this.world = world;
  }

  /// A new disk: what was said of the last one is over.
  void diskReplaced(int node) {
    outdated[node] = false;
    mixed[node] = false;
    fresh[node] = true;
  }

  private SimMedia disk(int node) {
    return world.host(node).disk().media();
  }

  /// The generation of a target that has not got to the end; 0 if it does not tell.
  static long startOf(Superblock source, Superblock target) {
    long start = target.generations().current();
    return start == source.generations().current() ? 0 : start;
  }

  /// A resync to `target` begins.
  void fills(int target, Superblock newest) {
    int from = 1 - target;
    filledFrom[target] = startOf(newest, StableRecord.superblock(disk(target)));
    mixed[target] = true;
    checkSource(from, target);
  }

  private void checkSource(int from, int target) {
    Check.that(
        !fresh[target] || !outdated[from] || world.host(from).wasForced(),
        "I6: an Outdated disk fills a new one without a person's word, node",
        from,
        target);
  }

  /// What a node does, now that it has met the other.
  void decided(int node, Plan plan) {
    if (plan instanceof Plan.Resync resync && resync.localIsSource()) {
      checkSource(node, 1 - node);
    }
    source[node] |= plan instanceof Plan.InSync;
  }

  @Override
  public void afterTurn() {
    for (SimHost host : world.hosts()) {
      if (host.isOpen()) {
        look(host);
      } else {
        diedAsSource[host.id] |= source[host.id];
        source[host.id] = false;
      }
      serving[host.id] = host.isServing();
    }
  }

  private void look(SimHost host) {
    DiskState disk = host.mirror().diskState();
    if (host.isServing()) {
      served(host);
    } else if (disk == DiskState.INCONSISTENT) {
      mixed[host.id] = true;
      outdated[host.id] = false;
    } else {
      isWhole(host, disk);
    }
  }

  private void isWhole(SimHost host, DiskState disk) {
    if (mixed[host.id]) {
      noLongerMixed(host, disk);
    }
    if (diedAsSource[host.id]) {
      diedAsSource[host.id] = false;
      outdated[host.id] &= disk != DiskState.CONSISTENT && disk != DiskState.UP_TO_DATE;
    }
    if (disk == DiskState.OUTDATED) {
      outdated[host.id] = true;
      source[host.id] |= host.mirror().connectionState() == ConnectionState.WF_BITMAP_S;
    } else if (disk == DiskState.UP_TO_DATE && (source[host.id] || hasMet(host))) {
      outdated[host.id] = false;
      source[host.id] = false;
    }
  }

  /// It says so on its disk, and of the generation that it was filled to.
  private void noLongerMixed(SimHost host, DiskState disk) {
    boolean says =
        disk == DiskState.CONSISTENT || disk == DiskState.UP_TO_DATE || disk == DiskState.OUTDATED;
    if (!says) {
      return;
    }
    Superblock stable = StableRecord.superblock(host.disk().media());
    Check.that(
        stable.diskState() != DiskState.INCONSISTENT,
        "I3: what its disk does not say: to be whole, node",
        host.id,
        0);
    Check.that(
        stable.generations().current() != filledFrom[host.id],
        "I11: a disk that was filled in part counts as whole, node",
        host.id,
        0);
    mixed[host.id] = false;
    fresh[host.id] = false;
  }

  private void served(SimHost host) {
    if (mixed[host.id]) {
      throw new AssertionError("I11: node " + host.id + " serves, and was never filled to the end");
    }
    if (outdated[host.id] && !host.wasForced()) {
      throw new AssertionError("I6: node " + host.id + " serves, and was Outdated");
    }
    outdated[host.id] = false;
    if (!serving[host.id]) {
      begins(host);
    }
  }

  private void begins(SimHost host) {
    boolean healthy = host.mirror().diskState() != DiskState.FAILED;
    if (healthy && host.wasAsked() && !host.wasForced()) {
      Check.that(
          !StableRecord.superblock(host.disk().media()).failed(),
          "I6: a disk that has failed before is served from, node",
          host.id,
          0);
    }
  }

  private static boolean hasMet(SimHost host) {
    ConnectionState state = host.mirror().connectionState();
    return state != ConnectionState.CONNECTING && state != ConnectionState.STAND_ALONE;
  }
}
