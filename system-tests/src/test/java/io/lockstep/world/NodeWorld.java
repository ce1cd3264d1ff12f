package io.lockstep.world;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.meta.ActivityLog;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.sim.Met;
import io.lockstep.sim.PairImage;
import io.lockstep.sim.SimDiskOptions;
import io.lockstep.sim.SimNetwork;
import io.lockstep.sim.SimNetworkOptions;
import io.lockstep.sim.WorldTime;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Two machines, the cable and the clock in one thread, the production classes of mirror, volumes,
/// targets and `node` on top. It lets things happen; what happens is decided by [NodeHistory].
final class NodeWorld {
  /// Room for ten extents of 4 MiB behind the control region.
  private static final int DISK_BYTES = 60 << 20;

  private static final long FIRST_SYNC_NANOS_MAX = 60_000_000_000L;
  private static final long DELAY_NANOS_MAX = 3_000_000L;

  /// As those of a real pair, but sooner.
  static final MirrorConfig.Limits LIMITS =
      new MirrorConfig.Limits(
          ActivityLog.SLOTS_MIN,
          32,
          64,
          128,
          200_000_000L,
          1_000_000_000L,
          5_000_000L,
          256 << 10,
          4,
          8 << 20,
          10_000_000_000L);

  /// All lives of a thread's nodes use one: making direct buffers costs more than a history's I/O.
  private static final ThreadLocal<BufferPool> BUFFERS =
      ThreadLocal.withInitial(() -> new BufferPool(8 << 20));

  private final VirtualLoop clock = new VirtualLoop();
  private final WorldTime time = new WorldTime(clock, "N0", () -> {});
  private final SimNetwork network;
  private final SplittableRandom random;
  private final Machine[] machines = new Machine[2];
  private final Met met;
  private final boolean trace;

  /// Whether a node lacks something that was acknowledged.
  private final boolean[] behind = new boolean[2];

  private IntConsumer opened = _ -> {};
  private boolean talkCut;

  /// A pair in sync, node 0 Primary, without any volume.
  NodeWorld(SplittableRandom random, Met met, boolean trace) {
    this.random = random;
    this.met = met;
    this.trace = trace;
    this.network = new SimNetwork(clock, SimNetworkOptions.USUAL, random.nextLong());
    SimDiskOptions disk = SimDiskOptions.ofSize(DISK_BYTES);
    PairImage image = PairImage.of(new PairImage.Kind(disk, disk, 512));
    for (int id = 0; id < 2; id++) {
      machines[id] = new Machine(this, id, clock, image, random.split());
    }
    machines[0].start();
    machines[1].start();
    Check.that(runUntil(this::isWhole, FIRST_SYNC_NANOS_MAX), "the pair begins");
  }

  // --- what there is ---

  Machine machine(int id) {
    return machines[id];
  }

  Machine[] machines() {
    return machines;
  }

  SimNetwork network() {
    return network;
  }

  BufferPool pool() {
    return BUFFERS.get();
  }

  SplittableRandom random() {
    return random;
  }

  Met met() {
    return met;
  }

  long nowNanos() {
    return clock.nowNanos();
  }

  void event(int node, String what) {
    if (trace) {
      System.out.printf(Locale.ROOT, "%14d  %2d  %s%n", nowNanos() / 1000, node, what);
    }
  }

  /// Who hears that a node has opened its volumes.
  void whenOpened(IntConsumer listener) {
    opened = listener;
  }

  void opened(int node) {
    event(node, "has opened its volumes");
    opened.accept(node);
  }

  /// The node whose volumes are open; null if there is none.
  @Nullable NodeLife server() {
    for (Machine machine : machines) {
      NodeLife life = machine.life();
      if (life != null && life.isOpen()) {
        return life;
      }
    }
    return null;
  }

  boolean isWhole() {
    return machines[0].isInSync()
        && machines[1].isInSync()
        && machines[0].isPrimary() != machines[1].isPrimary()
        && server() != null;
  }

  // --- who has what ---

  /// Something was acknowledged by node `primary` just now.
  void acknowledged(int primary) {
    if (!bothHold(primary)) {
      behind[1 - primary] = true;
    }
  }

  private boolean bothHold(int primary) {
    NodeLife other = machines[1 - primary].life();
    if (!machines[primary].isInSync() || other == null) {
      return false;
    }
    DiskState disk = other.mirror().diskState();
    boolean justOutdated =
        disk == DiskState.OUTDATED
            && other.mirror().connectionState() != ConnectionState.CONNECTING;
    return disk == DiskState.UP_TO_DATE || justOutdated;
  }

  /// Whether a node lacks something that was acknowledged: then nobody promotes it.
  boolean isBehind(int node) {
    return behind[node];
  }

  /// Both have everything.
  void settled() {
    behind[0] = false;
    behind[1] = false;
  }

  // --- what the nodes tell each other beside the mirror's link ---

  void tell(int from, byte[] report) {
    long delay = 1 + random.nextLong(DELAY_NANOS_MAX);
    clock.schedule(
        () -> {
          if (!talkCut && !network.isCut()) {
            machines[1 - from].hears(report);
          }
        },
        delay);
  }

  void cutTalk(boolean cut) {
    talkCut = cut;
    network.cutInquiry(cut);
  }

  // --- time ---

  /// Lets that many things happen, or that much time pass.
  void turns(int count, long nanos) {
    time.turns(count, nanos);
  }

  /// Lets things happen until `condition`, for `nanos` at most.
  ///
  /// @return whether it came
  boolean runUntil(BooleanSupplier condition, long nanos) {
    return time.runUntil(condition, nanos);
  }
}
