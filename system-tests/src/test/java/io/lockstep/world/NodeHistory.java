package io.lockstep.world;

import io.lockstep.block.Check;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.node.Export;
import io.lockstep.node.TargetPicture;
import io.lockstep.sim.Met;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One history: rounds of trouble, each followed by healing, after which both nodes must offer the
/// same, and all of it must be as it was promised. The same seed gives the same history.
public final class NodeHistory {
  private static final int ROUNDS = 3;
  private static final int STEPS = 150;
  private static final int TURNS_MAX = 24;
  private static final long STEP_NANOS_MAX = 200_000_000L;
  private static final long HEALED_NANOS_MAX = 240_000_000_000L;
  private static final long LOOK_NANOS = 500_000_000L;

  /// Longer than a node takes to see that the other says nothing.
  private static final long NOTICE_NANOS = 5_000_000_000L;

  /// Longer than a promotion asks a node that stands still, with all that comes before.
  private static final long FROZEN_NANOS = 90_000_000_000L;

  /// What happens in a step, of a thousand.
  private static final int COMMAND = 250;
  private static final int TROUBLE = 15;
  private static final int ROLE = 15;
  private static final int RELIEF = 25;

  /// One command in so many has a trouble come in the middle of it.
  private static final int TROUBLE_BEHIND_COMMAND = 25;

  /// One of so many that are rare or over in a few turns: selections of a host, ends of jobs.
  private static final int TROUBLE_BEHIND_RARE = 2;

  /// In one step of so many the host leaves a target.
  private static final int LEAVING = 12;

  private static final int SOON_TURNS = 40;
  private static final Pattern FORCED = Pattern.compile("promote node ([01]) with --force");

  private final SplittableRandom random;
  private final NodeWorld world;
  private final Administrator administrator;
  private final Host host;
  private final NodeTroubles troubles;
  private int rests;

  /// @param seed what decides everything
  /// @param met where is counted what happens
  /// @param trace whether it prints what happens
  public NodeHistory(long seed, Met met, boolean trace) {
    random = new SplittableRandom(seed);
    world = new NodeWorld(random.split(), met, trace);
    administrator = new Administrator(world, random.split());
    host = new Host(world, random.split());
    troubles = new NodeTroubles(world, this, random.split());
    world.whenOpened(node -> world.machine(node).with(life -> administrator.opened(node, life)));
    ExpectedInWorld.in(met);
  }

  /// Lives through all of it.
  public void live() {
    for (int round = 0; round < ROUNDS; round++) {
      for (int step = 0; step < STEPS; step++) {
        step();
      }
      heal();
    }
    world.network().mutes().addTo(world.met());
  }

  private void step() {
    host.operate();
    if (random.nextInt(LEAVING) == 0 && !administrator.isSelecting()) {
      host.leave();
    }
    int dice = random.nextInt(1000);
    if (dice < COMMAND) {
      administrator.act();
      boolean rare = administrator.isSelecting() || administrator.isCancelling();
      if (random.nextInt(rare ? TROUBLE_BEHIND_RARE : TROUBLE_BEHIND_COMMAND) == 0) {
        world.turns(random.nextInt(SOON_TURNS), STEP_NANOS_MAX);
        troubles.strike();
      }
    } else if ((dice -= COMMAND) < TROUBLE) {
      troubles.strike();
    } else if ((dice -= TROUBLE) < ROLE) {
      changeRoles();
    } else if (dice - ROLE < RELIEF) {
      relief();
    }
    world.turns(random.nextInt(TURNS_MAX), STEP_NANOS_MAX);
  }

  void crash(Machine machine, boolean power) {
    world.event(machine.id, power ? "loses power" : "is killed");
    NodeLife life = machine.life();
    machine.crash(power);
    administrator.died(life);
    host.died(life, power);
  }

  // --- what an operator does ---

  private void changeRoles() {
    Machine machine = world.machine(random.nextInt(2));
    switch (random.nextInt(7)) {
      case 0, 1, 2 -> promote(machine);
      case 3 -> demote(machine);
      case 4 -> disconnect(machine);
      case 5 -> promoteBesideFrozen(machine);
      default -> connect(machine, false);
    }
  }

  /// An operator who knows which node has everything.
  private void promote(Machine machine) {
    Machine other = world.machine(1 - machine.id);
    boolean lost = other.isPrimary() && !machine.isInSync();
    if (!world.isBehind(machine.id) && !lost) {
      machine.with(life -> issue(machine, "promote", life.mirror()::promote));
    }
  }

  /// The Primary stands still, and its machine takes connections: on every way, or on the link
  /// alone, or on the other ways alone. An operator takes it for dead, and is refused.
  private void promoteBesideFrozen(Machine machine) {
    Machine other = world.machine(1 - machine.id);
    boolean may = world.isWhole() && !world.network().isCut() && other.isPrimary();
    if (!may || !other.pause(FROZEN_NANOS)) {
      return;
    }
    world.cutTalk(false);
    switch (random.nextInt(3)) {
      case 0 -> {}
      case 1 -> world.network().cut();
      default -> world.cutTalk(true);
    }
    world.runUntil(() -> !machine.isInSync(), NOTICE_NANOS);
    world.turns(random.nextInt(SOON_TURNS), STEP_NANOS_MAX);
    List<CommandResult> answers = new ArrayList<>();
    machine.with(
        life ->
            issue(
                machine,
                "promote beside a frozen one",
                done -> life.mirror().promote(done.andThen(answers::add))));
    world.runUntil(() -> !answers.isEmpty(), FROZEN_NANOS - 2 * NOTICE_NANOS);
    Check.that(
        answers.size() == 1 && answers.getFirst() instanceof CommandResult.Refused,
        "I9: not refused beside a node that takes connections and says nothing");
  }

  private void demote(Machine machine) {
    machine.with(life -> issue(machine, "demote", life.mirror()::demote));
  }

  /// Not while the other disk has failed: this one would be outdated, and nobody had the data.
  private void disconnect(Machine machine) {
    if (world.machine(0).hasFailed() || world.machine(1).hasFailed()) {
      return;
    }
    machine.with(life -> issue(machine, "disconnect", life.mirror()::disconnect));
  }

  private void connect(Machine machine, boolean discard) {
    machine.with(
        life ->
            issue(
                machine,
                discard ? "connect and discard" : "connect",
                done -> life.mirror().connect(discard, done)));
  }

  private void issue(Machine machine, String name, Consumer<Consumer<CommandResult>> command) {
    world.event(machine.id, "command: " + name);
    command.accept(
        result -> {
          boolean done = result instanceof CommandResult.Done;
          world.met().one("role", name + (done ? " done" : " refused"));
          world.event(machine.id, "answer to " + name + ": " + result);
        });
  }

  private void relief() {
    Machine machine = world.machine(random.nextInt(2));
    if (!machine.isAlive()) {
      machine.restart();
    } else if (world.network().isCut()) {
      world.network().mend();
      world.cutTalk(false);
    } else {
      machine.disk().media().unstick();
      machine.disk().media().heal();
    }
  }

  // --- healing ---

  private void heal() {
    world.event(-1, "healing begins");
    world.network().mend();
    world.cutTalk(false);
    for (Machine machine : world.machines()) {
      machine.disk().media().unstick();
      machine.disk().media().heal();
    }
    long end = world.nowNanos() + HEALED_NANOS_MAX;
    while (!world.runUntil(this::isAtRest, LOOK_NANOS)) {
      if (world.nowNanos() > end) {
        throw new AssertionError(
            "N0: whole again and everything answered, never came: %s / %s, %d and %d open"
                .formatted(
                    world.machine(0),
                    world.machine(1),
                    administrator.openCount(),
                    host.openCount()));
      }
      lookAtNodes();
    }
    compare();
    world.settled();
    troubles.whole();
  }

  private boolean isAtRest() {
    return world.isWhole()
        && administrator.openCount() == 0
        && host.openCount() == 0
        && jobsHaveEnded()
        && haveRead();
  }

  /// N12: a job goes on until it is done, whoever serves.
  private boolean jobsHaveEnded() {
    NodeLife primary = world.server();
    return primary != null && primary.group().jobs().isEmpty();
  }

  /// Whether the Secondary has read all that the Primary has stored, and both offer it.
  private boolean haveRead() {
    NodeLife primary = world.server();
    return primary != null && standby().hasRead(primary);
  }

  private NodeLife standby() {
    Machine secondary = world.machine(world.machine(0).isPrimary() ? 1 : 0);
    return Check.present(secondary.life(), "it is whole");
  }

  private void lookAtNodes() {
    for (Machine machine : world.machines()) {
      if (!machine.isAlive()) {
        machine.restart();
        return;
      }
      if (machine.hasFailed()) {
        world.met().one("healing", "restarted a node whose disk had failed");
        crash(machine, false);
        return;
      }
    }
    NodeLife left = world.machine(0).life();
    NodeLife right = world.machine(1).life();
    if (left == null || right == null) {
      return;
    }
    if (isAlone(left) || isAlone(right)) {
      bringTogether(left, right);
    } else if (left.failure().isPresent() || right.failure().isPresent()) {
      world.met().one("healing", "demoted a Primary whose volumes were not opened");
      demote(world.machine(left.failure().isPresent() ? 0 : 1));
    } else if (isJobHeldUp()) {
      world.met().one("healing", "demoted a Primary whose job did not go on");
      demote(world.machine(1 - secondary()));
    } else if (!world.machine(0).isPrimary() && !world.machine(1).isPrimary() && ++rests > 4) {
      rests = 0;
      world.met().one("healing", "promoted one of two");
      promote(world.machine(world.isBehind(0) ? 1 : random.nextInt(2)));
    }
  }

  /// Whether a job waits for something, perhaps for the group to be opened again.
  private boolean isJobHeldUp() {
    NodeLife server = world.server();
    return server != null && server.group().jobs().stream().anyMatch(job -> job.problem() != null);
  }

  private static boolean isAlone(NodeLife life) {
    return life.mirror().connectionState() == ConnectionState.STAND_ALONE;
  }

  private void bringTogether(NodeLife left, NodeLife right) {
    boolean split = left.mirror().status().splitBrain() || right.mirror().status().splitBrain();
    Matcher forced = FORCED.matcher(left.mirror().status().reason());
    if (forced.find()) {
      forceTheOnlyOne(world.machine(Integer.parseInt(forced.group(1))));
      return;
    }
    if (!split) {
      connect(world.machine(0), false);
      connect(world.machine(1), false);
      return;
    }
    Machine giving = world.machine(world.isBehind(1) ? 1 : world.isBehind(0) ? 0 : secondary());
    if (giving.isPrimary()) {
      demote(giving);
      return;
    }
    world.met().one("healing", "settled a split brain");
    connect(giving, true);
    connect(world.machine(1 - giving.id), false);
  }

  /// The disk of the Primary failed while the other was being outdated, or after it: only that one
  /// is left, and it has everything.
  private void forceTheOnlyOne(Machine machine) {
    Check.that(!world.isBehind(machine.id), "N0: the only copy that is left has everything");
    world.met().one("healing", "promoted by force what was left");
    machine.with(
        life -> issue(machine, "promote with force", done -> life.mirror().promote(true, done)));
    connect(world.machine(0), false);
    connect(world.machine(1), false);
  }

  private int secondary() {
    return world.machine(0).isPrimary() ? 1 : 0;
  }

  /// N7: at rest both nodes offer the same, and a host may log in at both.
  private void compare() {
    NodeLife primary = Check.present(world.server(), "a Primary");
    administrator.look(primary);
    world.met().one("look", "at rest");
    List<Export> served = sorted(primary.targets().exports());
    List<Export> standing = sorted(standby().targets().exports());
    if (!served.equals(standing) || !served.equals(sorted(primary.group().exports()))) {
      throw new AssertionError("N7: one node offers %s, the other %s".formatted(served, standing));
    }
    for (Export export : served) {
      for (NodeLife life : List.of(primary, standby())) {
        var found = life.targets().find(NodeLife.HOST, export.iqn());
        Check.that(
            found instanceof TargetPicture.Found.Serves, "N7: a host may log in at both nodes");
      }
    }
    compareWriteCache(primary, served);
    compareWriteCache(standby(), served);
    host.readAll(primary);
    Check.that(
        world.runUntil(() -> host.openCount() == 0, HEALED_NANOS_MAX), "N0: reads are answered");
    Check.that(
        standby().mirror().diskState() == DiskState.UP_TO_DATE, "N0: the pair stays in sync");
  }

  /// N9: a host finds WCE as it was selected last, at both nodes.
  private void compareWriteCache(NodeLife life, List<Export> served) {
    int[] open = {served.size()};
    for (Export export : served) {
      life.modes()
          .sense(
              export,
              on -> {
                open[0]--;
                world.met().one("write cache", on ? "on" : "off");
                if (on != export.writeCache()) {
                  throw new AssertionError(
                      "N9: WCE of %s is said to be %b at %s".formatted(export, on, life.name()));
                }
              });
    }
    Check.that(
        world.runUntil(() -> open[0] == 0, HEALED_NANOS_MAX), "N0: the mode pages can be read");
  }

  private static List<Export> sorted(List<Export> exports) {
    return exports.stream().sorted((one, other) -> one.naa().compareTo(other.naa())).toList();
  }
}
