package io.lockstep.sim;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.meta.ActivityLog;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.wire.Frame;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Two nodes, their disks, the cable and the clock in one thread from one seed, the production
/// classes of the mirror on top, and a client that uses them. The world only: it lets things happen
/// and has every checker look after each turn. What happens is decided by [Troubles], [Operator]
/// and [SimHistory].
public final class SimWorld {
  /// Slots of the activity log, the fewest there may be.
  static final int EXTENTS_MAX = ActivityLog.SLOTS_MIN;

  static final MirrorConfig.Limits LIMITS = Swarm.usualLimits();

  /// A device of more extents than the log has slots, so that eviction is constant.
  static final int LARGE_DISK_BYTES = 20 << 20;

  /// A device of two extents: nothing is ever evicted, and a resync is soon over.
  private static final int SMALL_DISK_BYTES = 16 << 20;

  private static final Pattern NUMBER = Pattern.compile("[0-9]+");

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

  /// @param blockBytes logical block of the mirror
  /// @param logical that of each node's disk
  /// @param physical likewise: what tears as a whole
  private record Kind(int blockBytes, List<Integer> logical, List<Integer> physical) {
    PairImage.Kind pair(int diskBytes) {
      return new PairImage.Kind(disk(0, diskBytes), disk(1, diskBytes), blockBytes);
    }

    private SimDiskOptions disk(int node, int diskBytes) {
      return SimDiskOptions.ofBlocks(diskBytes, logical.get(node), physical.get(node));
    }
  }

  private final VirtualLoop loop = new VirtualLoop();
  private final WorldTime time = new WorldTime(loop, "I10", this::afterTurn);
  private final SimNetwork network;
  private final SimHost[] hosts = new SimHost[2];
  private final Met met;
  private final Trace trace;
  private final Promises promises;
  private final SimClient client;
  private final List<StepCheck> checks;
  private final AloneCheck alone = new AloneCheck(this);
  private final MeetingCheck meeting;
  private final UnfitCheck unfit = new UnfitCheck(this);
  private final OnePrimaryCheck onePrimary = new OnePrimaryCheck(this);
  private final String[] lastTraced = {"", ""};
  private final Map<Class<?>, long[]> frames = new HashMap<>();
  private final long offset;

  /// A pair in sync.
  ///
  /// @param limits the mirror's sizes and times in this history
  SimWorld(SplittableRandom random, MirrorConfig.Limits limits, Met met, Trace trace) {
    this.met = met;
    this.trace = trace;
    this.network = new SimNetwork(loop, SimNetworkOptions.USUAL, random.nextLong());
    Kind kind = KINDS[random.nextInt(KINDS.length)];
    PairImage image =
        PairImage.of(kind.pair(random.nextInt(3) == 0 ? LARGE_DISK_BYTES : SMALL_DISK_BYTES));
    for (int id = 0; id < 2; id++) {
      hosts[id] = new SimHost(loop, network, image.setup(id), random.split());
      hosts[id].limits(limits);
    }
    hosts[0].start();
    hosts[1].start();
    runUnchecked("the first sync", this::isWhole);
    this.offset = hosts[0].mirror().status().replicatedOffset();
    long size = hosts[0].mirror().device().limits().sizeBytes();
    this.promises = new Promises(size, kind.blockBytes);
    this.client = new SimClient(this, random.split(), promises, size);
    watchDisk(hosts[0]);
    watchDisk(hosts[1]);
    this.meeting = new MeetingCheck(this);
    network.tap(this::traceFrame);
    hosts[0].tells(plan -> decided(0, plan), met::event);
    hosts[1].tells(plan -> decided(1, plan), met::event);
    this.checks =
        List.of(
            meeting,
            unfit,
            new ServedCheck(this),
            onePrimary,
            new InSyncCheck(this),
            new TargetCheck(this),
            new PrimaryDiskCheck(this));
  }

  // --- what there is ---

  SimHost host(int id) {
    return hosts[id];
  }

  SimHost[] hosts() {
    return hosts;
  }

  SimNetwork network() {
    return network;
  }

  SimClient client() {
    return client;
  }

  Promises promises() {
    return promises;
  }

  Met met() {
    return met;
  }

  Trace trace() {
    return trace;
  }

  UnfitCheck unfit() {
    return unfit;
  }

  MeetingCheck meeting() {
    return meeting;
  }

  long nowNanos() {
    return loop.nowNanos();
  }

  long turnCount() {
    return time.turnCount();
  }

  void event(int node, String format, Object... arguments) {
    if (trace.shows(Trace.Kind.EVENTS)) {
      trace.line(nowNanos(), node, Trace.Kind.EVENTS, format.formatted(arguments));
    }
  }

  /// The replicated space of a node's disk, for checkers.
  Promises.Disk disk(int node) {
    SimMedia media = hosts[node].disk().media();
    return new Promises.Disk() {
      @Override
      public long currentAt(long at) {
        return media.currentAt(offset + at);
      }

      @Override
      public long stableAt(long at) {
        return media.stableAt(offset + at);
      }
    };
  }

  long replicatedOffset() {
    return offset;
  }

  /// Which nodes have a write that Primary `node` acknowledges now, as a bit set.
  int holders(int node) {
    return bothHold(node) ? 3 : 1 << node;
  }

  /// Whether the other node is in sync with Primary `node`, as far as that one can know: the other
  /// may just have noted that it is Outdated, and has everything all the same; one that has started
  /// since, and looks for its peer, need not.
  boolean bothHold(int node) {
    SimHost primary = hosts[node];
    SimHost other = hosts[1 - node];
    if (!primary.isPrimary() || !isInSync(primary) || !other.isOpen()) {
      return false;
    }
    DiskState disk = other.mirror().diskState();
    boolean justOutdated =
        disk == DiskState.OUTDATED
            && other.mirror().connectionState() != ConnectionState.CONNECTING;
    return disk == DiskState.UP_TO_DATE || justOutdated;
  }

  /// Connected, and both disks are UpToDate as this node sees it.
  static boolean isInSync(SimHost host) {
    return host.isOpen()
        && host.mirror().connectionState() == ConnectionState.CONNECTED
        && host.mirror().diskState() == DiskState.UP_TO_DATE
        && host.mirror().peerDiskState() == DiskState.UP_TO_DATE;
  }

  boolean isWhole() {
    return isInSync(hosts[0]) && isInSync(hosts[1]) && hosts[0].isServing() != hosts[1].isServing();
  }

  /// The node that serves; with two, one of them by `choice`.
  @Nullable SimHost server(boolean choice) {
    boolean left = hosts[0].isServing();
    boolean right = hosts[1].isServing();
    if (left && right) {
      return hosts[choice ? 1 : 0];
    }
    return left ? hosts[0] : right ? hosts[1] : null;
  }

  // --- what the client was told ---

  void acknowledged(SimClient.Acknowledged done) {
    int holders = holders(done.node());
    promises.acknowledged(done.write(), holders, new Promises.Disk[] {disk(0), disk(1)});
    for (int node = 0; node < 2; node++) {
      // Of a flush that has failed a process that is held hears later, and of a disk that was
      // replaced the other node.
      boolean other = hosts[node].hasLostWrites() || hosts[node].hasOtherDisk();
      if (Write.has(holders, node) && !other) {
        promises.checkAcknowledged(done, node, disk(node));
      }
    }
    if (done.fua()) {
      done.write().stable = holders;
    }
    if (done.offset() >= DiskLayout.CONTROL_BYTES_MIN) {
      hosts[done.node()].wrote(true);
    }
    if (!isInSync(hosts[done.node()])) {
      for (int node = 0; node < 2; node++) {
        if (!promises.isThere(done.write(), disk(node))) {
          alone.check(node);
        }
      }
    }
    traceIo(done.node(), "%s at %d+%d", done.write(), done.offset(), done.length());
  }

  void flushed(List<Write> covered, int server) {
    int holders = holders(server);
    for (int node = 0; node < 2; node++) {
      if (Write.has(holders, node)) {
        promises.checkFlushed(covered, node, disk(node));
      }
    }
    promises.flushed(covered, holders);
    if (!isInSync(hosts[server]) && !promises.areStable(covered, disk(1 - server))) {
      alone.check(1 - server);
    }
    traceIo(server, "flushed, holders %d", holders);
  }

  private void watchDisk(SimHost host) {
    SimMedia media = host.disk().media();
    media.metadataEnds(offset);
    media.whenLost(() -> promises.mayHaveLost(host.id, disk(host.id)));
  }

  private void decided(int node, Plan plan) {
    met.one("decision", NUMBER.matcher(plan.rule()).replaceAll("N"));
    meeting.decided(node, plan);
    onePrimary.decided(plan);
    unfit.decided(node, plan);
  }

  // --- what happens to nodes ---

  void crash(SimHost host, boolean power) {
    if (!host.isAlive()) {
      return;
    }
    event(host.id, power ? "loses power" : "is killed");
    boolean sick = host.hasLostWrites();
    host.crash(power);
    client.died(host.id);
    promises.crashed(host.id, power, disk(host.id));
    if (sick) {
      promises.mayHaveLost(host.id, disk(host.id));
    }
    meeting.crashed(host.id, power);
    if (power) {
      checkRecorded();
    }
  }

  void restart(SimHost host) {
    event(host.id, "starts");
    host.restart();
  }

  /// A blank disk in a node that is down, laid out to join.
  void replaceDisk(SimHost host) {
    event(host.id, "gets a new disk");
    promises.diskReplaced(host.id);
    unfit.diskReplaced(host.id);
    host.replaceDisk();
    watchDisk(host);
    layOut(host.id);
    restart(host);
  }

  /// The disk that was replaced comes back into a node that is down, with what it had then.
  void returnDisk(SimHost host) {
    event(host.id, "gets its old disk again");
    promises.diskReplaced(host.id);
    unfit.diskReplaced(host.id);
    host.returnDisk();
    restart(host);
  }

  private void layOut(int id) {
    String[] failure = new String[1];
    hosts[id].layOut(false, answer -> failure[0] = answer);
    runUnchecked("laid out", () -> failure[0] != null);
    Check.that(failure[0].isEmpty(), failure[0]);
    hosts[id].endLayOut();
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

  private void runUnchecked(String what, BooleanSupplier condition) {
    long end = loop.nowNanos() + 600_000_000_000L;
    while (!condition.getAsBoolean()) {
      Check.that(loop.nowNanos() < end && loop.turn(), what + " came");
    }
  }

  private void afterTurn() {
    for (int index = 0; index < checks.size(); index++) {
      checks.get(index).afterTurn();
    }
    if (trace.shows(Trace.Kind.STATES)) {
      traceStates();
    }
  }

  // --- checks that are asked for ---

  /// I2, I12: what differs on stable storage is recorded on stable storage, on one node at least.
  void checkRecorded() {
    if (hosts[0].isBlank() || hosts[1].isBlank()) {
      return;
    }
    StableRecord.check(hosts[0].disk().media(), hosts[1].disk().media());
  }

  /// I11: a copy that is Inconsistent is read by nobody.
  void readReplica(SimHost host) {
    if (!host.isOpen() || host.isEnding()) {
      return;
    }
    boolean inconsistent = host.mirror().diskState() == DiskState.INCONSISTENT;
    ByteBuffer target = BufferPool.allocate(4096);
    host.mirror()
        .replica()
        .read(
            0,
            target,
            result -> {
              Check.that(!inconsistent || !result.isOk(), "I11: an Inconsistent copy was read");
              met.one("replica", inconsistent ? "read while Inconsistent" : "read");
            });
  }

  /// I10: equal, byte by byte, and as promised.
  void checkIdentical(int primary) {
    IdenticalCheck.check(hosts[0], hosts[1]);
    Check.that(
        hosts[0].mirror().term() == hosts[1].mirror().term(),
        "I5: at rest in one term",
        hosts[0].mirror().term(),
        hosts[1].mirror().term());
    promises.settle(primary, disk(primary));
  }

  /// What was counted beside the events: frames, faults, and what disks said of their holes.
  void countUp() {
    frames.forEach((kind, count) -> met.many("frame", kind.getSimpleName(), count[0]));
    network.mutes().addTo(met);
    for (SimHost host : hosts) {
      host.faults().table().forEach((name, count) -> met.many("fault", name, count));
      host.disk()
          .media()
          .holes()
          .counts()
          .forEach((name, count) -> met.many("blocks", name, count));
    }
  }

  // --- trace ---

  private SimNetwork.Verdict traceFrame(int side, long term, Frame frame) {
    frames.computeIfAbsent(frame.getClass(), _ -> new long[1])[0]++;
    if (frame instanceof Frame.ResyncDone) {
      meeting.announced();
    }
    if (trace.shows(Trace.Kind.FRAMES)) {
      trace.line(nowNanos(), side, Trace.Kind.FRAMES, "term " + term + " " + frame);
    }
    return SimNetwork.Verdict.PASS;
  }

  private void traceIo(int node, String format, Object... arguments) {
    if (trace.shows(Trace.Kind.IO)) {
      trace.line(nowNanos(), node, Trace.Kind.IO, format.formatted(arguments));
    }
  }

  private void traceStates() {
    for (SimHost host : hosts) {
      MirrorStatus status = host.status();
      String now =
          status == null
              ? "down"
              : "%s %s %s term %d bits %d generation %x %s %s"
                  .formatted(
                      status.role(),
                      status.diskState(),
                      status.connectionState(),
                      status.term(),
                      status.outOfSyncBytes() / 4096,
                      status.currentGeneration(),
                      host.isServing() ? "serves" : "",
                      status.reason());
      if (!now.equals(lastTraced[host.id])) {
        trace.line(nowNanos(), host.id, Trace.Kind.STATES, now);
        lastTraced[host.id] = now;
      }
    }
  }
}
