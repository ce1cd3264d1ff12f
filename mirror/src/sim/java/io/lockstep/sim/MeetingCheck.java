package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Plan;
import org.jspecify.annotations.Nullable;

/// I7: watches resyncs begin and nodes come into sync, and tells [Promises], which refuses a resync
/// that would overwrite what was promised.
final class MeetingCheck implements StepCheck {
  private static final int NOBODY = -1;

  private final SimWorld world;
  private final @Nullable ConnectionState[] last = new @Nullable ConnectionState[2];

  /// Whether each disk was, when it was open last.
  private final boolean[] wasInconsistent = new boolean[2];
  private final boolean[] consented = new boolean[2];

  /// Whether each has decided for a full resync last.
  private final boolean[] isFull = new boolean[2];

  /// The generation of the other node at the split that each node has shown last, and the one for
  /// which its own changes were given up.
  private final long[] split = new long[2];

  private final long[] given = new long[2];

  /// The node's own generation at that time: what it gave up.
  private final long[] givenUp = new long[2];

  /// Whether the last meeting was with the generation for which the changes were given up.
  private final boolean[] fits = new boolean[2];

  /// The last before the node died. It counts again if the resync that it was given for turns out
  /// to have begun: the disk says that it is Inconsistent, though the node died on learning that.
  private final long[] givenBefore = new long[2];

  private boolean inSync = true;

  /// Who is being filled, and who has been, without both being in sync since.
  private int target = NOBODY;

  private int wasFilled = NOBODY;

  /// Who was killed while it was being filled: a note that it is whole may have been under way, and
  /// land later. With that, whether the power went before it started again.
  private int noting = NOBODY;

  private boolean notingLostPower;

  /// When the two parted while one was being filled, by the promises' clock. It may have got
  /// everything by then, and note it later; what was written since is not there.
  private long partedAt = Promises.NEVER;

  /// Whether the source has a bitmap that counts from where the target is, and has announced the
  /// end.
  private boolean counts;

  private boolean announced;

  /// The target's generation before the end, see [UnfitCheck#startOf].
  private long filledFrom;

  MeetingCheck(SimWorld world) {
    this.world = world;
  }

  /// A person has given up what `node` holds alone.
  void consented(int node, boolean value) {
    consented[node] = value;
  }

  /// A person gives up what `node` holds alone, in favour of what it was shown.
  void discards(int node, boolean value) {
    if (!value && fits[node] && world.network().hasHeardSource(node)) {
      return; // What takes their place is coming already: that is not taken back.
    }
    given[node] = value ? split[node] : 0;
    givenUp[node] = superblock(node).generations().current();
  }

  /// What `node` does, now that it has met the other.
  void decided(int node, Plan plan) {
    boolean isSplit =
        plan instanceof Plan.StepDown || (plan instanceof Plan.Stop stop && stop.splitBrain());
    long current =
        world.host(1 - node).isBlank() ? 0 : superblock(1 - node).generations().current();
    if (isSplit && current != 0) {
      split[node] = current;
    }
    fits[node] = given[node] == current;
    isFull[node] = plan instanceof Plan.Resync resync && resync.full();
  }

  /// `node` begins to serve by itself, perhaps as the source of a resync whose target has not begun
  /// to overwrite anything: if both have decided by a person's word, that counts already.
  void resumes(int node) {
    int other = 1 - node;
    boolean favoured = fits[other] && given[other] == superblock(node).generations().current();
    if (favoured && given[other] != 0) {
      consented[other] = true;
      world.promises().overwriting(node, other, true, world.disk(node));
    }
  }

  /// The source says that everything was copied.
  void announced() {
    announced = true;
  }

  /// I3: the target may die before it has noted that, and is then filled by that bitmap.
  private void checkKeepsBitmap() {
    boolean noted = superblock(target).diskState() != DiskState.INCONSISTENT;
    Check.that(
        noted || superblock(1 - target).generations().bitmap() != 0,
        "I3: the source has retired its bitmap before the target was whole, node",
        1 - target,
        0);
  }

  void crashed(int node, boolean power) {
    if (target == node) {
      partedAt = Math.min(partedAt, world.promises().tick());
      if (hasNoted(node)) {
        diedFilled(node, power);
      } else if (!power) {
        noting = node;
        notingLostPower = false;
      }
      target = NOBODY;
    }
    notingLostPower |= noting == node && power;
    givenBefore[node] = given[node];
    given[node] = 0;
    last[node] = null;
  }

  /// Whether the disk of a target says that it was filled.
  private boolean hasNoted(int node) {
    Superblock left = superblock(node);
    boolean changed = left.generations().current() != filledFrom;
    return changed && left.diskState() == DiskState.UP_TO_DATE;
  }

  /// It died on learning that.
  private void diedFilled(int node, boolean power) {
    filled(node);
    world.promises().diedFilled(1 - node, node, power);
  }

  @Override
  public void afterTurn() {
    for (SimHost host : world.hosts()) {
      ConnectionState now = host.isOpen() ? host.mirror().connectionState() : null;
      if (now != null && last[host.id] == null) {
        opened(host);
      }
      if (given[host.id] != 0 && hasGrown(host)) {
        given[host.id] = 0; // What is written from now on has not been given up.
      }
      if (given[host.id] != 0 && fits[host.id] && isInconsistent(host)) {
        consented[host.id] = true; // Used up, though the link may be lost before it is filled.
        given[host.id] = 0;
      }
      if (now == ConnectionState.SYNC_TARGET && last[host.id] != now) {
        begins(host.id);
      } else if (isInconsistent(host) && !wasInconsistent[host.id]) {
        givesUp(host.id);
      }
      wasInconsistent[host.id] = host.isOpen() ? isInconsistent(host) : wasInconsistent[host.id];
      last[host.id] = now;
    }
    if (target != NOBODY && partedAt == Promises.NEVER && haveParted()) {
      partedAt = world.promises().tick();
    }
    if (target != NOBODY && counts && announced) {
      checkKeepsBitmap();
    }
    for (SimHost host : world.hosts()) {
      if (host.id == target && host.isOpen() && host.mirror().diskState() == DiskState.UP_TO_DATE) {
        filled(host.id);
      }
    }
    boolean now = SimWorld.isInSync(world.host(0)) && SimWorld.isInSync(world.host(1));
    if (now && !inSync) {
      join();
    }
    inSync = now;
  }

  private boolean haveParted() {
    return isAlone(world.host(0)) || isAlone(world.host(1));
  }

  private static boolean isAlone(SimHost host) {
    return !host.isOpen()
        || switch (host.mirror().connectionState()) {
          case STAND_ALONE, CONNECTING -> true;
          default -> false;
        };
  }

  private boolean hasGrown(SimHost host) {
    return host.isServing() && superblock(host.id).generations().current() != givenUp[host.id];
  }

  private static boolean isInconsistent(SimHost host) {
    return host.isOpen() && host.mirror().diskState() == DiskState.INCONSISTENT;
  }

  private void opened(SimHost host) {
    if (noting == host.id) {
      if (hasNoted(host.id)) {
        diedFilled(host.id, notingLostPower);
      }
      noting = NOBODY;
    }
    if (isInconsistent(host)) {
      given[host.id] = givenBefore[host.id];
    }
    givenBefore[host.id] = 0;
  }

  /// The first block of a source had come, and the source was gone before the disk had noted that.
  private void givesUp(int node) {
    world.event(node, "is Inconsistent, and nothing fills it");
    world.promises().diskGone(node);
  }

  private void begins(int node) {
    int source = 1 - node;
    boolean serves = world.host(source).isServing();
    Superblock newest = superblock(source);
    boolean discards = given[node] == newest.generations().current();
    SimHost from = world.host(source);
    boolean stands = from.isOpen() && from.mirror().diskState() != DiskState.FAILED;
    Check.that(
        !stands || !newest.failed(), "I7: a disk that has failed is the source, node", source, 0);
    world.event(node, "is filled from node %d", source);
    world.met().one("resync", (serves ? "from the Primary" : "without a Primary") + " to " + node);
    if (from.isOpen()) {
      world.promises().overwriting(source, node, consented[node] || discards, world.disk(source));
    } else {
      world.promises().diskGone(node); // Its last frames have come: nothing is copied from it.
    }
    if (isFull[node]) {
      StableRecord.checkTarget(world.host(node).disk().media(), from.disk().media());
    }
    world.unfit().fills(node, newest);
    filledFrom = UnfitCheck.startOf(newest, superblock(node));
    counts = newest.generations().bitmap() != 0;
    announced = false;
    target = node;
    noting = NOBODY;
    partedAt = Promises.NEVER;
    wasFilled = NOBODY;
  }

  private Superblock superblock(int node) {
    return StableRecord.superblock(world.host(node).disk().media());
  }

  /// Whatever the source knows of it: the target has everything, stably.
  private void filled(int node) {
    world.event(node, "is filled");
    world.promises().joined(1 - node, node, partedAt);
    target = NOBODY;
    wasFilled = node;
  }

  private void join() {
    world.event(NOBODY, "in sync");
    if (wasFilled == NOBODY) {
      world.promises().joinedAsEquals();
    } else {
      world.promises().joined(1 - wasFilled, wasFilled, Promises.NEVER);
    }
    wasFilled = NOBODY;
    world.host(0).diskIsKnown();
    world.host(1).diskIsKnown();
    consented[0] = false;
    consented[1] = false;
  }
}
