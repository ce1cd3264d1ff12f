package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.block.Durability;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.Role;
import io.lockstep.sim.CrashPoint.Fate;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;

/// Plays a story to a [CrashPoint], lets it happen, has everything come back, and checks: both
/// superblocks are readable (I12) and tell of every difference (I2) at the crash; what was promised
/// is there (I1) on a survivor that takes over and in the end; the disks become identical (I10).
final class CrashTrial {
  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final long LOOK_NANOS = SECOND_NANOS / 2;
  private static final long HEALED_NANOS_MAX = 300 * SECOND_NANOS;
  private static final int LAST_BLOCK = CrashBlocks.BLOCKS - 1;

  private final CrashPoint point;
  private final CrashStage stage;

  private CrashTrial(CrashPoint point) {
    this.point = point;
    this.stage = point.story().begun();
  }

  /// Tries it.
  static void run(CrashPoint point) {
    var trial = new CrashTrial(point);
    try {
      trial.run();
    } catch (AssertionError | RuntimeException broken) {
      throw new AssertionError(
          "CRASH POINT %s: %s (%s)".formatted(point, broken.getMessage(), trial.stage), broken);
    }
  }

  /// A stage at the moment of the crash, before anything happens.
  static CrashStage before(CrashPoint point) {
    var trial = new CrashTrial(point);
    trial.play();
    return trial.stage;
  }

  private void run() {
    play();
    boolean held = stage.isInSync(0) && stage.isInSync(1);
    if (held) {
      stage.blocks().bothHold();
    }
    crash(0);
    crash(1);
    checkRecorded();
    boolean survivor = point.left().isCrash() != point.right().isCrash();
    if (point.takeover() && held && survivor) {
      takeOver(point.left().isCrash() ? 1 : 0);
    }
    comeBack();
    heal();
    checkEnd();
  }

  private void play() {
    if (point.lostFrame() >= 0) {
      stage.breakAt(point.lostFrame() / 2, breakOf(point.lostFrame()));
    }
    stage.begin(point.story().acts());
    for (int turn = 0; turn < point.turn() && stage.turn(); turn++) {
      // The story goes on.
    }
  }

  private static SimNetwork.Verdict breakOf(int lostFrame) {
    return lostFrame % 2 == 0 ? SimNetwork.Verdict.BREAK_BEFORE : SimNetwork.Verdict.BREAK_AFTER;
  }

  // --- the crash ---

  private void crash(int node) {
    Fate fate = point.fate(node);
    SimHost host = stage.host(node);
    if (!fate.isCrash() || !host.isAlive()) {
      return;
    }
    SimMedia media = stage.media(node);
    int writes = media.cachedWrites() + media.pendingCount();
    int chosen = writes - 1 - fate.index();
    stage.crash(
        node,
        disk -> {
          switch (fate.kind()) {
            case LIVES -> {}
            case POWER_ALL_LOST -> disk.crash(_ -> false);
            case POWER_NONE_LOST -> disk.crash((IntPredicate) _ -> true);
            case POWER_ONE_LOST -> disk.crash(index -> index != chosen);
            case POWER_ONE_KEPT -> disk.crash(index -> index == chosen);
            case POWER_TORN -> disk.crash();
            case KILL_IN_TIME -> disk.kill(_ -> 0);
            case KILL_PARTLY -> disk.kill(_ -> 1);
            case KILL_LATE -> disk.kill(_ -> 2);
          }
        },
        !fate.isPower());
    if (fate.isPower()) {
      stage.blocks().powerCut(node);
    }
  }

  private void checkRecorded() {
    if (!stage.host(0).isBlank() && !stage.host(1).isBlank()) {
      StableRecord.check(stage.media(0), stage.media(1));
    }
  }

  /// The operator promotes the survivor, which has everything.
  private void takeOver(int survivor) {
    SimHost host = stage.host(survivor);
    runUntil("the survivor notices", () -> !stage.isInSync(survivor));
    if (!host.isPrimary()) {
      CommandResult[] answer = new CommandResult[1];
      host.mirror().promote(result -> answer[0] = result);
      runUntil("the survivor is promoted or not", () -> answer[0] != null);
      if (!(answer[0] instanceof CommandResult.Done)) {
        return;
      }
      runUntil("the survivor serves", host::isServing);
    }
    if (host.isServing()) {
      runUntil("the survivor answers", () -> stage.hasAnswered(survivor));
      Check.that(stage.checkBlocks(survivor), "the survivor goes on");
      run("a write alone", stage.write(survivor, LAST_BLOCK - 1, Durability.WRITE_BACK));
      run("a flush alone", stage.flush(survivor));
    }
  }

  // --- healing ---

  private void comeBack() {
    stage.network().cutInquiry(false);
    stage.network().mend();
    for (int node = 0; node < 2; node++) {
      SimHost host = stage.host(node);
      long delay = point.delayNanos() * (1 + node);
      if (host.isBlank()) {
        stage.loop().schedule(() -> layOutAgain(host), delay);
      } else if (!host.isAlive()) {
        stage.loop().schedule(() -> restart(host), delay);
      }
    }
  }

  private static void restart(SimHost host) {
    if (!host.isAlive()) {
      host.restart();
    }
  }

  private void heal() {
    long end = stage.loop().nowNanos() + HEALED_NANOS_MAX;
    long look = stage.loop().nowNanos() + 2 * point.delayNanos() + LOOK_NANOS;
    while (!stage.isWhole()) {
      Check.that(stage.loop().nowNanos() < end, "I10: whole again within the limit");
      if (stage.loop().nowNanos() >= look) {
        look(stage.host(0));
        look(stage.host(1));
        promoteIfNobodyIs();
        look = stage.loop().nowNanos() + LOOK_NANOS;
      }
      if (!stage.loop().turn()) {
        stage.loop().advance(LOOK_NANOS);
      }
    }
  }

  /// What a person does who sees a node that does nothing.
  private void look(SimHost host) {
    if (host.hasEnded()) {
      host.crash(SimDisk::kill, () -> true);
    }
    if (host.isEnding()) {
      return;
    }
    Check.that(host.refusal().isEmpty(), host.refusal());
    if (!host.isAlive() && !host.isBlank()) {
      restart(host);
    } else if (host.isOpen()) {
      MirrorStatus status = host.picture();
      boolean split = status.splitBrain();
      Check.that(!split || point.story().splits(), "no split brain comes of one crash");
      if (split && host.id == 0 && !stage.isInSync(0)) {
        giveUp(host);
      } else if (status.connectionState() == ConnectionState.STAND_ALONE) {
        host.mirror().connect(false, _ -> {});
      }
    }
  }

  /// A person gives up what this node has and the other lacks.
  private void giveUp(SimHost host) {
    if (host.isPrimary()) {
      host.mirror().demote(_ -> {});
      return;
    }
    host.mirror()
        .connect(
            true,
            result -> {
              if (result instanceof CommandResult.Done) {
                stage.blocks().givenUp(host.id);
              } else {
                host.mirror().connect(false, _ -> {});
              }
            });
  }

  /// Laying out was not over: a person does it once more.
  private void layOutAgain(SimHost host) {
    if (host.isAlive()) {
      host.crash(disk -> disk.kill(_ -> 0), () -> true);
    }
    stage
        .media(host.id)
        .whenFree(
            () -> {
              host.boot();
              host.layOut(
                  false,
                  failure -> {
                    Check.that(failure.isEmpty(), failure.isEmpty() ? "laid out" : failure);
                    host.endLayOut();
                    host.crash(SimDisk::kill, () -> true);
                    host.restart();
                  });
            });
  }

  private void promoteIfNobodyIs() {
    boolean nobody =
        stage.isInSync(0)
            && stage.isInSync(1)
            && stage.host(0).picture().role() == Role.SECONDARY
            && stage.host(1).picture().role() == Role.SECONDARY;
    if (nobody) {
      stage.host(0).mirror().promote(_ -> {});
    }
  }

  private void checkEnd() {
    runUntil("all is answered", () -> stage.hasAnswered(0) && stage.hasAnswered(1));
    int server = stage.host(0).isServing() ? 0 : 1;
    if (!stage.checkBlocks(server)) {
      runUntil("whole after a switch", stage::isWhole);
      server = 1 - server;
      Check.that(stage.checkBlocks(server), "one switch was under way, not two");
    }
    run("a write in the end", stage.write(server, LAST_BLOCK, Durability.WRITE_BACK));
    run("a flush in the end", stage.flush(server));
    runUntil("whole in the end", stage::isWhole);
    MirrorStatus status = stage.host(server).picture();
    long differs =
        SimMedia.firstDifference(
            stage.media(0), stage.media(1), status.replicatedOffset(), status.replicatedBytes());
    Check.that(differs < 0, "I10: identical; first difference at", differs, 0);
    checkRecorded();
  }

  private void run(String what, BooleanSupplier ended) {
    runUntil(what, ended);
  }

  private void runUntil(String what, BooleanSupplier condition) {
    long end = stage.loop().nowNanos() + HEALED_NANOS_MAX;
    while (!condition.getAsBoolean()) {
      Check.that(stage.loop().nowNanos() < end, what + " within the limit");
      if (!stage.loop().turn()) {
        stage.loop().advance(LOOK_NANOS);
      }
    }
  }
}
