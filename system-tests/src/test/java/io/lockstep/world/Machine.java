package io.lockstep.world;

import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import io.lockstep.sim.PairImage;
import io.lockstep.sim.SimDisk;
import io.lockstep.sim.SimNode;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One machine of the pair: its disk, and the life of the daemon that runs on it now, if one does.
final class Machine {
  private static final long CLOCK_NANOS_MAX = 1_000_000_000L;

  final int id;
  private final NodeWorld world;
  private final SplittableRandom random;
  private final VirtualLoop clock;
  private SimNode process;
  private SimDisk disk;
  private @Nullable NodeLife life;

  /// Whether this life could not open its disk.
  private boolean refused;

  Machine(NodeWorld world, int id, VirtualLoop clock, PairImage image, SplittableRandom random) {
    this.world = world;
    this.id = id;
    this.clock = clock;
    this.random = random;
    this.process = new SimNode("node" + id, clock, id * CLOCK_NANOS_MAX);
    this.disk = image.disk(id, process, random.nextLong());
    world.network().answers(id, this::aboutItself);
  }

  void start() {
    SimNode loop = process;
    var parts =
        new Mirror.Parts(
            loop,
            disk,
            world.pool(),
            world.network().attach(id, loop, world.pool()),
            random::nextLong,
            (_, done) ->
                world.network().inquire(id, answer -> loop.execute(() -> done.accept(answer))),
            Witness.NONE,
            clock::nowNanos);
    var config = new MirrorConfig("node" + id, "main", "disk" + id, "simulated", NodeWorld.LIMITS);
    Mirror.open(parts, config, opened -> opened(loop, opened));
  }

  private void opened(SimNode loop, Mirror.Opened opened) {
    switch (opened) {
      case Mirror.Opened.Ready(Mirror mirror) -> {
        var born = new NodeLife(world, id, loop, mirror);
        life = born;
        born.start();
      }
      case Mirror.Opened.Refused(Refusal refusal) -> {
        refused = true;
        world.event(id, "its disk was refused: " + refusal.sentence());
        world.met().one("start", "refused");
      }
    }
  }

  /// The next life, on the same disk; it waits until the last one has let go of it.
  void restart() {
    Check.that(!isAlive(), "one life at a time");
    var next = new SimNode("node" + id, clock, random.nextLong(CLOCK_NANOS_MAX));
    process = next;
    disk.media()
        .whenFree(
            () -> {
              if (next.isAlive()) {
                disk = disk.reopen(next);
                start();
              }
            });
  }

  /// The process dies; with the power, what the disk has not flushed goes too, and what is being
  /// written is torn.
  void crash(boolean power) {
    process.crash();
    if (power) {
      disk.crash();
    } else {
      disk.kill();
    }
    life = null;
    refused = false;
    world.network().crashed(id, !power && random.nextBoolean());
  }

  /// Holds the process for a while.
  ///
  /// @return false if it is held already
  boolean pause(long nanos) {
    if (process.isPaused() || !isAlive()) {
      return false;
    }
    process.pause(nanos);
    return true;
  }

  private PeerInquiry.Answer aboutItself() {
    NodeLife now = life;
    if (now == null) {
      return new PeerInquiry.Answer.Silent();
    }
    if (process.isPaused()) {
      return new PeerInquiry.Answer.Mute("host " + id);
    }
    return now.mirror().role() == Role.PRIMARY
        ? new PeerInquiry.Answer.Primary("host " + id, now.mirror().term())
        : new PeerInquiry.Answer.NotPrimary("host " + id);
  }

  /// The other node has told about itself.
  void hears(byte[] report) {
    SimNode listening = process;
    listening.execute(() -> with(now -> now.heard(report)));
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// What runs on it now; null while it is down or starting.
  @Nullable NodeLife life() {
    return life;
  }

  SimDisk disk() {
    return disk;
  }

  boolean isPrimary() {
    NodeLife now = life;
    return now != null && now.mirror().role() == Role.PRIMARY;
  }

  /// Whether its disk has failed, at the start or later.
  boolean hasFailed() {
    NodeLife now = life;
    return refused || (now != null && now.mirror().diskState() == DiskState.FAILED);
  }

  /// Connected, and both disks are UpToDate as this node sees it.
  boolean isInSync() {
    NodeLife now = life;
    return now != null
        && now.mirror().connectionState() == ConnectionState.CONNECTED
        && now.mirror().diskState() == DiskState.UP_TO_DATE
        && now.mirror().peerDiskState() == DiskState.UP_TO_DATE;
  }

  /// Runs `use` with the life of now, if there is one.
  void with(Consumer<NodeLife> use) {
    NodeLife now = life;
    if (now != null) {
      use.accept(now);
    }
  }

  @Override
  public String toString() {
    NodeLife now = life;
    return now != null ? now.toString() : isAlive() ? "starting" : "down";
  }
}
