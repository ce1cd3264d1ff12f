package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a person does until the pair is whole again, step by step as docs/operations.md says:
/// starts what is down, restarts a node whose disk has failed, settles a split brain, connects,
/// promotes.
/// Looks at nothing but what the nodes say of themselves.
final class Healing {
  /// What a stop says that only a person can end.
  private static final Pattern FORCED = Pattern.compile("promote node ([01]) with --force");

  /// A second each, and longer than every limit inside.
  private static final int ANSWER_LOOKS_MAX = 60;

  /// What the answers to one step may take.
  private static final long STEP_NANOS_MAX = 30_000_000_000L;

  /// How much changes grow.
  private static final int WRITES = 8;

  private final SimWorld world;
  private final Operator operator;
  private final SplittableRandom random;
  private int loser = -1;
  private int refusals;
  private int rests;
  private boolean shown;

  /// At the next split brain, changes are given up and then go on to grow.
  private boolean grows;

  /// How many looks each node has been given to answer what was open when its disk failed.
  private final int[] waits = new int[2];

  Healing(SimWorld world, Operator operator, SplittableRandom random) {
    this.world = world;
    this.operator = operator;
    this.random = random;
  }

  /// A new round of healing begins.
  void begin() {
    loser = random.nextInt(2);
    refusals = 0;
    rests = 0;
    Arrays.fill(waits, 0);
    shown = random.nextBoolean();
    grows = random.nextInt(3) == 0;
  }

  /// One look at the pair, and at most one thing done to each node.
  void look() {
    boolean leftIsOpen = lookAt(world.host(0));
    boolean rightIsOpen = lookAt(world.host(1));
    if (!leftIsOpen || !rightIsOpen || operator.openCommands() > 0) {
      return;
    }
    MirrorStatus left = world.host(0).picture();
    MirrorStatus right = world.host(1).picture();
    String reasons = left.reason() + right.reason();
    Matcher forced = FORCED.matcher(reasons);
    if (forced.find()) {
      force(Integer.parseInt(forced.group(1)));
    } else if (isTargetAsPrimary(reasons)) {
      operator.demote(world.host(world.host(0).isPrimary() ? 0 : 1));
    } else if (isAlone(left) || isAlone(right)) {
      bringTogether(left, right);
    } else if (asksForLoss(left) || asksForLoss(right)) {
      giveUpUnreadable(asksForLoss(left) ? world.host(0) : world.host(1));
    } else if (!world.host(0).isPrimary() && !world.host(1).isPrimary()) {
      promoteOne();
    }
  }

  /// What is shown may be older than the last demotion.
  private boolean isTargetAsPrimary(String reasons) {
    return reasons.contains("is Primary but its peer holds newer data")
        && (world.host(0).isPrimary() || world.host(1).isPrimary());
  }

  private static boolean isAlone(MirrorStatus status) {
    return status.connectionState() == ConnectionState.STAND_ALONE;
  }

  /// @return whether its mirror is open and well
  private boolean lookAt(SimHost host) {
    if (host.isEnding()) {
      if (host.hasEnded()) {
        world.crash(host, random.nextBoolean());
      }
      return false;
    }
    if (!host.isAlive()) {
      operator.start(host);
      return false;
    }
    if (!host.refusal().isEmpty()) {
      refused(host);
      return false;
    }
    if (host.isOpen() && host.mirror().diskState() == DiskState.FAILED) {
      if (world.client().waitsFor(host.id)) {
        Check.that(
            ++waits[host.id] < ANSWER_LOOKS_MAX, "I10: a node whose disk has failed answers");
        return false;
      }
      world.met().one("operator", "restarted a node whose disk had failed");
      world.crash(host, false);
      return false;
    }
    return host.isOpen();
  }

  /// It does not open its disk: once more, then with a new disk if the other node has the data.
  private void refused(SimHost host) {
    world.event(host.id, "refused: %s", host.refusal());
    world.crash(host, false);
    if (++refusals > 2 && host.canStart() && isWhole(world.host(1 - host.id))) {
      world.met().one("operator", "replaced a disk that was refused");
      world.replaceDisk(host);
    }
  }

  private static boolean isWhole(SimHost host) {
    return host.isOpen()
        && switch (host.picture().diskState()) {
          case UP_TO_DATE, CONSISTENT, OUTDATED -> true;
          case DISKLESS, ATTACHING, FAILED, NEGOTIATING, INCONSISTENT, DUNKNOWN -> false;
        };
  }

  private void bringTogether(MirrorStatus left, MirrorStatus right) {
    boolean split = left.splitBrain() || right.splitBrain();
    SimHost giving = world.host(loser);
    SimHost staying = world.host(1 - loser);
    if (split && giving.isPrimary()) {
      operator.demote(giving);
    } else if (split && giving.picture().splitBrain() && !shown) {
      shown = true; // What is shown may be old: both are connected once, to see it as it is now.
      operator.connect(giving, false);
      operator.connect(staying, false);
    } else if (split && giving.picture().splitBrain() && grows) {
      grows = false;
      giveUpAndGoOn(giving, random.nextBoolean() ? giving : staying);
      operator.connect(staying, false);
    } else if (split && giving.picture().splitBrain()) {
      shown = false;
      world.met().one("operator", "settled a split brain");
      operator.connect(giving, true);
      operator.connect(staying, false);
    } else {
      operator.connect(world.host(0), false);
      operator.connect(world.host(1), false);
    }
  }

  /// A person gives up the changes of a node, and before the nodes meet, one of them is promoted
  /// and hosts write to it. That is not what was shown: nothing is given up.
  private void giveUpAndGoOn(SimHost giving, SimHost growing) {
    world.network().cut();
    world.network().cutInquiry(true);
    operator.connect(giving, true);
    answered();
    if (growing.isPrimary()) {
      operator.demote(growing);
      answered();
    }
    operator.promote(growing, "promote after changes were given up", false);
    answered();
    if (growing.isServing()) {
      String whose = growing == giving ? "their own" : "the other's";
      world.met().one("operator", "gave changes up, and " + whose + " side grew");
      for (int write = 0; write < WRITES; write++) {
        world.client().operate(growing.id, growing.mirror().device());
      }
      world.runUntil(() -> world.client().openOperations() == 0, STEP_NANOS_MAX);
      operator.demote(growing);
      answered();
    }
    world.network().mend();
    world.network().cutInquiry(false);
  }

  private void answered() {
    world.runUntil(() -> operator.openCommands() == 0, STEP_NANOS_MAX);
  }

  /// The nodes say that a person must decide for this one, and give the other's data up.
  private void force(int node) {
    loser = 1 - node;
    SimHost host = world.host(node);
    boolean isPast = // The reason is of before a promotion, or before the disk was replaced.
        host.isPrimary()
            || world.host(1 - node).isPrimary()
            || host.picture().diskState() == DiskState.INCONSISTENT;
    if (isPast) {
      operator.connect(world.host(0), false);
      operator.connect(world.host(1), false);
    } else {
      world.met().one("operator", "promoted by force what was left");
      operator.promote(host, "promote with force", true);
    }
  }

  /// The other node only says that this one knows what can be done.
  private static boolean asksForLoss(MirrorStatus status) {
    return status.unreadable().blocks() > 0 && status.reason().contains("accept-loss");
  }

  /// A host overwrites what cannot be read, or a person gives it up.
  private void giveUpUnreadable(SimHost host) {
    if (host.isServing() && random.nextBoolean()) {
      for (long offset : host.picture().unreadable().firstOffsets()) {
        world.client().overwrite(host.id, host.mirror().device(), offset, 4096);
      }
      world.met().one("operator", "had unreadable blocks overwritten");
    } else {
      operator.acceptLoss(host);
    }
  }

  /// Nobody resumes by itself: a person decides, when it has rested for some looks.
  private void promoteOne() {
    if (++rests < 4) {
      return;
    }
    rests = 0;
    SimHost host = world.host(random.nextInt(2));
    if (host.mirror().diskState() == DiskState.UP_TO_DATE) {
      operator.promote(host, "promote one of two", false);
    }
  }
}
