package io.lockstep.world;

import io.lockstep.sim.SimDisk.Operation;
import io.lockstep.sim.SimMedia;
import java.util.SplittableRandom;

/// What goes wrong: nodes, cable and disks. One disk at most is harmed until the pair is whole
/// again, and that only while the other has everything.
final class NodeTroubles {
  /// The kinds of trouble.
  enum Kind {
    KILL,
    KILL_PRIMARY,
    KILL_BOTH,
    POWER,
    POWER_PRIMARY,
    POWER_BOTH,
    PAUSE,
    CUT,
    BREAK,
    HALF_OPEN,
    CUT_TALK,
    SLOW_DISK,
    STUCK_DISK,
    READ_ERROR,
    WRITE_ERROR,
    FLUSH_ERROR,
    NO_SPACE,
    DEAD_DISK
  }

  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final Kind[] KINDS = Kind.values();

  private final NodeWorld world;
  private final NodeHistory history;
  private final SplittableRandom random;

  /// Which disk has been harmed since the pair was last whole, or -1.
  private int harmed = -1;

  NodeTroubles(NodeWorld world, NodeHistory history, SplittableRandom random) {
    this.world = world;
    this.history = history;
    this.random = random;
  }

  void whole() {
    harmed = -1;
  }

  void strike() {
    Kind kind = KINDS[random.nextInt(KINDS.length)];
    Machine machine = world.machine(random.nextInt(2));
    if (strike(kind, machine)) {
      world.met().one("trouble", kind.name());
      world.event(machine.id, "trouble " + kind);
    }
  }

  private boolean strike(Kind kind, Machine machine) {
    return switch (kind) {
      case KILL -> crash(machine, false);
      case KILL_PRIMARY -> crash(primary(machine), false);
      case KILL_BOTH -> crashBoth(false);
      case POWER -> crash(machine, true);
      case POWER_PRIMARY -> crash(primary(machine), true);
      case POWER_BOTH -> crashBoth(true);
      case PAUSE -> machine.pause(1 + random.nextLong(4 * SECOND_NANOS));
      case CUT -> happened(() -> world.network().cut());
      case BREAK -> happened(() -> world.network().breakConnection());
      case HALF_OPEN -> happened(() -> world.network().halfOpen());
      case CUT_TALK -> happened(() -> world.cutTalk(true));
      case SLOW_DISK ->
          happened(() -> media(machine).slow(1_000_000L, 1_000_000L << random.nextInt(8)));
      case STUCK_DISK -> happened(() -> media(machine).stick());
      case READ_ERROR, WRITE_ERROR, FLUSH_ERROR, NO_SPACE, DEAD_DISK -> harm(kind, machine);
    };
  }

  private static boolean happened(Runnable change) {
    change.run();
    return true;
  }

  private Machine primary(Machine otherwise) {
    for (Machine machine : world.machines()) {
      if (machine.isPrimary()) {
        return machine;
      }
    }
    return otherwise;
  }

  private static SimMedia media(Machine machine) {
    return machine.disk().media();
  }

  private boolean crash(Machine machine, boolean power) {
    if (!machine.isAlive()) {
      return false;
    }
    history.crash(machine, power);
    return true;
  }

  private boolean crashBoth(boolean power) {
    boolean left = crash(world.machine(0), power);
    boolean right = crash(world.machine(1), power);
    return left || right;
  }

  private boolean harm(Kind kind, Machine machine) {
    boolean may = harmed < 0 || harmed == machine.id;
    if (!may || !world.isWhole()) {
      return false;
    }
    harmed = machine.id;
    SimMedia media = media(machine);
    long size = machine.disk().limits().sizeBytes();
    int times = 1 + random.nextInt(3);
    switch (kind) {
      case READ_ERROR -> media.failNext(Operation.READ, 0, size, times);
      case WRITE_ERROR -> media.failNext(Operation.WRITE, 0, size, times);
      case FLUSH_ERROR -> media.failNext(Operation.FLUSH, 0, size, times);
      case NO_SPACE -> media.full(true);
      default -> media.fail(true);
    }
    return true;
  }
}
