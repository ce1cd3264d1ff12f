package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.CommandResult;
import io.lockstep.mirror.MirrorConfig;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Two nodes, their disks, the link and the clock in one thread from one seed: the production
/// classes of the mirror under crashes, power cuts, cut and silent links, planned switches and an
/// operator who promotes the survivor. After every step the invariants are checked; after every
/// round everything is mended and the nodes must become identical.
///
/// The same seed gives the same history; a failure names the seed.
public final class SimWorld {
  /// Slots of the activity log: fewer than the disk has extents, so that eviction is constant.
  static final int EXTENTS_MAX = 4;

  static final MirrorConfig.Limits LIMITS =
      new MirrorConfig.Limits(
          EXTENTS_MAX,
          12,
          24,
          64,
          200_000_000L,
          1_000_000_000L,
          5_000_000L,
          32 << 10,
          3,
          1 << 20,
          10_000_000_000L);

  private static final int DISK_BYTES = 26 << 20;

  /// Which pairs of disks there are: each kind with itself, and mixed ones.
  private static final Kind[] KINDS = {
    new Kind(512, List.of(512, 512), List.of(4096, 4096)),
    new Kind(512, List.of(512, 512), List.of(512, 512)),
    new Kind(512, List.of(512, 4096), List.of(4096, 4096)),
    new Kind(512, List.of(4096, 512), List.of(4096, 512)),
    new Kind(512, List.of(4096, 4096), List.of(4096, 4096)),
    new Kind(4096, List.of(4096, 4096), List.of(4096, 4096)),
    new Kind(4096, List.of(512, 4096), List.of(4096, 4096)),
  };
  private static final long TURNS_MAX = 3_000_000;

  private static final boolean TRACE = Boolean.getBoolean("lockstep.trace");

  /// @param blockBytes logical block of the mirror
  /// @param logical that of each node's disk
  /// @param physical likewise: what tears as a whole
  private record Kind(int blockBytes, List<Integer> logical, List<Integer> physical) {
    SimDiskOptions disk(int node) {
      return SimDiskOptions.ofBlocks(DISK_BYTES, logical.get(node), physical.get(node));
    }
  }

  private final long seed;
  private final SplittableRandom random;
  private final VirtualLoop loop = new VirtualLoop();
  private final SimNetwork network;
  private final SimHost[] hosts = new SimHost[2];
  private final SimClient client;

  /// The first sync is over.
  private boolean begun;

  private final int blockBytes;
  private boolean flushesLie;
  private long steps;
  private final boolean[] wasServing = new boolean[2];
  private final String[] lastTraced = {"", ""};

  public SimWorld(long seed) {
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.network = new SimNetwork(loop, SimNetworkOptions.USUAL, random.nextLong());
    Kind kind = KINDS[random.nextInt(KINDS.length)];
    this.blockBytes = kind.blockBytes;
    PairImage image = PairImage.of(new PairImage.Kind(kind.disk(0), kind.disk(1), kind.blockBytes));
    hosts[0] = new SimHost(loop, network, image.setup(0), random.split());
    hosts[1] = new SimHost(loop, network, image.setup(1), random.split());
    if (TRACE) {
      network.tap(
          (side, term, frame) -> {
            trace("frame from %d term %d %s", side, term, frame);
            return SimNetwork.Verdict.PASS;
          });
    }
    hosts[0].start();
    hosts[1].start();
    runUntil("the first sync", this::isWhole);
    long size = hosts[0].mirror().device().limits().sizeBytes();
    this.client = new SimClient(random.split(), size, blockBytes, this::holders);
    this.begun = true;
  }

  /// Plants a bug: the disks answer a flush without making anything stable.
  public void lieAboutFlushes() {
    flushesLie = true;
    for (SimHost host : hosts) {
      host.disk().media().lieAboutFlushes(true);
    }
  }

  /// Lives through `rounds` rounds of trouble, each with `operations` of the client.
  public void run(int rounds, int operations) {
    for (int round = 0; round < rounds; round++) {
      for (int operation = 0; operation < operations; operation++) {
        step();
      }
      mendAll();
    }
  }

  /// Writes acknowledged and flushes done so far: a run that did nothing proves nothing.
  public long acknowledgedWrites() {
    return client.acknowledgedWrites;
  }

  public long steps() {
    return steps;
  }

  private void step() {
    SimHost server = server();
    if (server != null && client.openOperations() < 20) {
      client.operate(server.mirror().device());
    }
    int dice = random.nextInt(1000);
    if (dice < 12) {
      trouble(random.nextInt(11));
    } else if (dice < 24) {
      relief();
    }
    turns(random.nextInt(30));
  }

  private void trouble(int kind) {
    checkOrder();
    SimHost host = hosts[random.nextInt(2)];
    trace("trouble %d for node %d", kind, host.id);
    switch (kind) {
      case 0, 1 -> crash(host, false);
      case 2, 3 -> crash(host, true);
      case 4 -> {
        crash(hosts[0], true);
        crash(hosts[1], true);
      }
      case 5 -> network.cut();
      case 6 -> network.cut(random.nextInt(2));
      case 7 -> network.breakConnection();
      case 8 -> network.halfOpen();
      case 9 -> end(host);
      default -> {
        if (isConnected(host)) {
          host.mirror().promote(SimWorld::accepted);
        }
      }
    }
  }

  private void relief() {
    checkOrder();
    SimHost host = hosts[random.nextInt(2)];
    trace("relief for node %d", host.id);
    if (host.hasEnded()) {
      endLife(host);
    } else if (!host.isAlive()) {
      restart(host);
    } else if (network.isCut()) {
      network.mend();
    }
  }

  /// A node is told to end; what it held is stable afterwards, so nothing is given up when
  /// [#endLife] takes the power away.
  private void end(SimHost host) {
    if (host.isOpen() && !host.isEnding()) {
      host.end();
    }
  }

  private void endLife(SimHost host) {
    host.crash(random.nextBoolean());
    checkRecorded();
  }

  /// A crash, and the operator's answer: if the Primary died while both were in sync, the survivor
  /// is promoted, sometimes; it holds every acknowledged write.
  private void crash(SimHost host, boolean power) {
    if (!host.isAlive()) {
      return;
    }
    boolean wasServer = host.isPrimary();
    SimHost other = hosts[1 - host.id];
    boolean survivorIsGood = wasServer && bothHold() && other.isOpen();
    host.crash(power);
    if (wasServer) {
      client.serverDied();
    }
    client.crashed(host.id);
    if (power) {
      checkRecorded();
    }
    if (survivorIsGood && random.nextBoolean()) {
      trace("the operator promotes node %d", other.id);
      other.mirror().promote(SimWorld::accepted);
    }
  }

  /// Prints what happens, for one seed that is looked at.
  private void trace(String format, Object... arguments) {
    if (TRACE) {
      System.out.printf("%12d %s%n", loop.nowNanos() / 1000, format.formatted(arguments));
    }
  }

  private static void accepted(CommandResult result) {
    // A refusal is an answer too: the survivor may have become a target in the meantime.
    Check.that(result != null, "an answer");
  }

  /// Which nodes hold a write that the Primary acknowledges now.
  private int holders() {
    int held = 0;
    for (SimHost host : hosts) {
      if (host.isPrimary()) {
        held |= 1 << host.id;
      }
    }
    return bothHold() ? 3 : held;
  }

  private static boolean isConnected(SimHost host) {
    MirrorStatus status = host.status();
    return status != null && status.connectionState() == ConnectionState.CONNECTED;
  }

  /// Both are in sync, and the Secondary has been up ever since (after a restart it would be
  /// Consistent until the nodes have met).
  private boolean bothHold() {
    for (SimHost host : hosts) {
      MirrorStatus status = host.status();
      MirrorStatus other = hosts[1 - host.id].status();
      if (host.isPrimary()
          && status != null
          && other != null
          && status.connectionState() == ConnectionState.CONNECTED
          && status.peerDiskState() == DiskState.UP_TO_DATE
          && other.diskState() == DiskState.UP_TO_DATE) {
        return true;
      }
    }
    return false;
  }

  private @Nullable SimHost server() {
    SimHost found = null;
    for (SimHost host : hosts) {
      if (host.isServing() && host.isPrimary()) {
        found = host;
      }
    }
    return found;
  }

  // --- checks ---

  private void turns(int count) {
    for (int turn = 0; turn < count && loop.turn(); turn++) {
      steps++;
      checkStep();
    }
  }

  private void checkStep() {
    if (TRACE) {
      traceStates();
    }
    MirrorStatus left = hosts[0].status();
    MirrorStatus right = hosts[1].status();
    if (left != null) {
      checkNode(left);
    }
    if (right != null) {
      checkNode(right);
    }
    checkNewPrimary();
    if (left != null && right != null && hosts[0].isPrimary() && hosts[1].isPrimary()) {
      Check.that(left.term() != right.term(), "I5: one Primary in a term", left.term(), 0);
    }
  }

  private void checkNewPrimary() {
    for (SimHost host : hosts) {
      boolean serving = host.isServing();
      if (serving && !wasServing[host.id] && begun) {
        trace("node %d serves from now on", host.id);
        client.checkServed(host.disk().media(), host.mirror().status().replicatedOffset());
      }
      wasServing[host.id] = serving;
    }
  }

  private void traceStates() {
    for (SimHost host : hosts) {
      MirrorStatus status = host.status();
      String now =
          status == null
              ? "down"
              : "%s %s %s %s bits %d gen %x %s"
                  .formatted(
                      status.role(),
                      status.diskState(),
                      status.connectionState(),
                      status.term(),
                      status.outOfSyncBytes() / 4096,
                      status.currentGeneration(),
                      status.reason());
      if (!now.equals(lastTraced[host.id])) {
        trace("node %d: %s", host.id, now);
        lastTraced[host.id] = now;
      }
    }
  }

  private void checkNode(MirrorStatus status) {
    boolean primary = status.role() == Role.PRIMARY;
    Check.that(
        !primary || status.diskState() == DiskState.UP_TO_DATE, "I11: a Primary is UpToDate");
    boolean sync = status.connectionState() == ConnectionState.CONNECTED;
    Check.that(
        !sync || status.outOfSyncBytes() == 0, "I3: in sync without a bit", status.nodeId(), 0);
  }

  /// I2: what differs on stable storage is recorded on stable storage, on one node at least.
  private void checkRecorded() {
    StableRecord.check(hosts[0].disk().media(), hosts[1].disk().media());
  }

  /// I8, while the Secondary is in sync.
  private void checkOrder() {
    for (SimHost host : hosts) {
      if (bothHold() && !host.isPrimary()) {
        client.checkOrder(host.id, host.disk().media(), host.mirror().status().replicatedOffset());
      }
    }
  }

  // --- mending ---

  private void mendAll() {
    network.mend();
    for (SimHost host : hosts) {
      if (host.isEnding()) {
        runUntil("I10: ended", host::hasEnded);
        endLife(host);
      }
      if (!host.isAlive()) {
        restart(host);
      }
    }
    runUntil("I10: whole again", this::isQuiet);
    // A link may be dead and nobody knows it yet; a flush finds out, and is answered all the same.
    boolean[] flushed = new boolean[1];
    Check.present(server(), "a Primary").mirror().device().flush(_ -> flushed[0] = true);
    runUntil("I10: flushed and whole", () -> flushed[0] && isQuiet());
    compare();
  }

  private void restart(SimHost host) {
    host.restart();
    if (flushesLie) {
      host.disk().media().lieAboutFlushes(true);
    }
  }

  private boolean isQuiet() {
    return client.openOperations() == 0 && isWhole();
  }

  private boolean isWhole() {
    int primaries = 0;
    for (SimHost host : hosts) {
      MirrorStatus status = host.status();
      if (status == null || !isInSync(status)) {
        return false;
      }
      primaries += host.isServing() ? 1 : 0;
    }
    return primaries == 1;
  }

  /// Connected, and both disks are UpToDate as this node sees it.
  static boolean isInSync(MirrorStatus status) {
    return status.connectionState() == ConnectionState.CONNECTED
        && status.diskState() == DiskState.UP_TO_DATE
        && status.peerDiskState() == DiskState.UP_TO_DATE;
  }

  private void compare() {
    SimMedia left = hosts[0].disk().media();
    long start = hosts[0].mirror().status().replicatedOffset();
    long length = hosts[0].mirror().status().replicatedBytes();
    long differs = SimMedia.firstDifference(left, hosts[1].disk().media(), start, length);
    Check.that(differs < 0, "I10: identical after healing; first difference at", differs, start);
    client.checkImage(left, start, true);
  }

  private void runUntil(String what, BooleanSupplier condition) {
    for (long turn = 0; !condition.getAsBoolean(); turn++) {
      if (turn > TURNS_MAX || !loop.turn()) {
        throw new AssertionError(
            "%s, never came (seed %d): %s / %s"
                .formatted(what, seed, hosts[0].status(), hosts[1].status()));
      }
      steps++;
      checkStep();
    }
  }
}
