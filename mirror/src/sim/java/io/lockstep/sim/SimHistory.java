package io.lockstep.sim;

import io.lockstep.block.Check;
import java.util.SplittableRandom;

/// One history: rounds of trouble, each followed by healing, after which the pair must be whole,
/// equal, and must have answered everything. The same seed gives the same history; a failure names
/// the seed and the round.
public final class SimHistory {
  /// Rounds of trouble in one history.
  public static final int ROUNDS = 4;

  /// Client operations in one round.
  public static final int OPERATIONS = 250;

  /// How long after the last fault was healed everything must have been answered, and the pair be
  /// whole: longer than every limit inside, promotion and resync together.
  static final long HEALED_NANOS_MAX = 240_000_000_000L;

  /// How long a command may take, whatever is broken.
  private static final long COMMAND_NANOS_MAX = 120_000_000_000L;

  private static final long LOOK_NANOS = 1_000_000_000L;
  private static final int OPEN_OPERATIONS_MAX = 20;
  /// Longer than any usual operation; a pair that rests has little else to do than to ask its peer.
  private static final long STEP_NANOS_MAX = 200_000_000L;

  /// One act in so many has a trouble come in the middle of it.
  private static final int TROUBLE_BEHIND_ACT = 5;

  private static final int SOON_TURNS = 60;

  /// One operation in so many goes to any node.
  private static final int STRAY_OPERATIONS = 30;

  private final SplittableRandom random;
  private final Swarm swarm;
  private final SimWorld world;
  private final Troubles troubles;
  private final Operator operator;
  private final Healing healing;
  private final Trace trace;
  private int round;

  /// @param seed what decides everything
  /// @param met where is counted what happens
  public SimHistory(long seed, Met met, Trace trace) {
    this.random = new SplittableRandom(seed);
    this.trace = trace;
    this.swarm = new Swarm(random.split());
    this.world = new SimWorld(random.split(), swarm.limits(), met, trace);
    this.troubles = new Troubles(world, random.split());
    this.operator = new Operator(world, random.split());
    this.healing = new Healing(world, operator, random.split());
    Expected.in(met);
  }

  /// Plants a bug: the disks answer a flush without making anything stable.
  public void lieAboutFlushes() {
    for (SimHost host : world.hosts()) {
      host.disk().media().lieAboutFlushes(true);
    }
  }

  /// Lives through all of it.
  ///
  /// @return how many writes were acknowledged
  public long live() {
    for (round = 0; round < ROUNDS; round++) {
      trace.round(round);
      for (int operation = 0; operation < OPERATIONS; operation++) {
        step();
      }
      heal();
    }
    world.countUp();
    return world.client().acknowledgedWrites();
  }

  /// Which round is under way, from 0.
  public int round() {
    return round;
  }

  /// Everything that has run so far, in turns of the loop.
  public long turns() {
    return world.turnCount();
  }

  private void step() {
    SimHost server = world.server(random.nextBoolean());
    if (server != null && world.client().openOperations() < OPEN_OPERATIONS_MAX) {
      world.client().operate(server.id, server.mirror().device());
    }
    if (random.nextInt(STRAY_OPERATIONS) == 0) {
      SimHost other = world.host(random.nextInt(2));
      if (other.isOpen() && !other.isServing()) { // The client has not heard that it stopped.
        world.client().operateAstray(other.id, other.mirror().device());
      }
    }
    int dice = random.nextInt(1000);
    if (dice < swarm.troublePerMille()) {
      SimHost before = world.server(true);
      troubles.strike(swarm.trouble(random));
      askTheEnding();
      if (before != null && !before.isAlive() && random.nextBoolean()) {
        operator.takeOver(world.host(1 - before.id));
      }
    } else if ((dice -= swarm.troublePerMille()) < swarm.reliefPerMille()) {
      relief();
    } else if (dice - swarm.reliefPerMille() < swarm.actPerMille()) {
      operator.act(swarm.act(random));
      if (random.nextInt(TROUBLE_BEHIND_ACT) == 0) {
        world.turns(random.nextInt(SOON_TURNS), STEP_NANOS_MAX);
        troubles.strike(swarm.trouble(random));
      }
    }
    world.turns(random.nextInt(swarm.turnsMax()), STEP_NANOS_MAX);
    for (SimHost host : world.hosts()) {
      Check.that(
          !operator.wantsNobody() || !host.isServing(),
          "I6: resumed although a person has demoted it, node",
          host.id,
          round);
    }
    if (random.nextInt(64) == 0) {
      world.readReplica(world.host(random.nextInt(2)));
    }
    if (random.nextInt(200) == 0) {
      // Nothing but time: whatever waits for a timeout gets it.
      world.runUntil(() -> false, random.nextLong(6_000_000_000L));
    }
  }

  /// A person who does not know that a node is shutting down gives it a command.
  private void askTheEnding() {
    for (SimHost host : world.hosts()) {
      if (host.isOpen() && host.isEnding() && random.nextBoolean()) {
        if (random.nextBoolean()) {
          operator.connect(host, false);
        } else {
          operator.demote(host);
        }
      }
    }
  }

  private void relief() {
    SimHost host = world.host(random.nextInt(2));
    if (host.hasEnded()) {
      world.crash(host, random.nextBoolean());
    } else if (!host.isAlive()) {
      operator.start(host);
    } else if (world.network().isCut()) {
      world.network().mend();
    } else {
      host.disk().media().unstick();
      host.disk().media().heal();
    }
  }

  private void heal() {
    if (operator.openCommands() > 0 && random.nextInt(3) == 0) {
      world.runUntil(() -> operator.openCommands() == 0, COMMAND_NANOS_MAX);
      Check.that(operator.openCommands() == 0, "I10: commands answered: " + operator.openNames());
    }
    world.event(-1, "healing begins");
    world.network().mend();
    world.network().cutInquiry(false);
    world.network().damagePerMillion(0);
    for (SimHost host : world.hosts()) {
      host.disk().media().unstick();
      host.disk().media().heal();
    }
    healing.begin();
    long end = world.nowNanos() + HEALED_NANOS_MAX;
    while (!isAtRest()) {
      if (world.nowNanos() > end) {
        throw new AssertionError(
            "I10: whole again and everything answered, never came: " + picture());
      }
      world.runUntil(this::isAtRest, LOOK_NANOS);
      if (!isAtRest()) {
        healing.look();
      }
    }
    flushAndCompare();
    troubles.whole();
    world.host(0).settled();
    world.host(1).settled();
  }

  /// A link may be dead and nobody knows it yet; a flush finds out, and is answered all the same.
  private void flushAndCompare() {
    SimHost server = Check.present(world.server(true), "a Primary");
    world.client().flush(server.id, server.mirror().device());
    long end = world.nowNanos() + HEALED_NANOS_MAX;
    while (!world.runUntil(this::isAtRest, LOOK_NANOS)) {
      if (world.nowNanos() > end) {
        throw new AssertionError("I10: flushed and whole, never came: " + picture());
      }
      healing.look();
    }
    SimHost primary = Check.present(world.server(true), "a Primary");
    world.checkIdentical(primary.id);
  }

  private boolean isAtRest() {
    return world.isWhole()
        && world.host(0).mirror().term() == world.host(1).mirror().term()
        && world.client().openOperations() == 0
        && operator.openCommands() == 0;
  }

  private String picture() {
    return "%d operations open, commands %s, %s / %s"
        .formatted(
            world.client().openOperations(),
            operator.openNames(),
            picture(world.host(0)),
            picture(world.host(1)));
  }

  private static String picture(SimHost host) {
    if (!host.refusal().isEmpty()) {
      return "refused: " + host.refusal();
    }
    return host.isOpen() ? host.picture().toString() : host.isAlive() ? "starting" : "down";
  }
}
