package io.lockstep.sim;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.SliceDevice;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.state.Role;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One machine of the simulated pair: its disk, and the mirror that runs on it in its present life.
final class SimHost implements MirrorListener {
  /// How much a disk shrinks by.
  private static final long LESS_BYTES = 1 << 20;

  private static final UUID PAIR = new UUID(1, 2);
  private static final UUID MIRROR = new UUID(3, 4);

  /// All lives of a thread's nodes use one: making direct buffers costs more than a history's I/O.
  /// What a life had borrowed when it died is the garbage collector's.
  private static final ThreadLocal<BufferPool> BUFFERS =
      ThreadLocal.withInitial(() -> new BufferPool(8 << 20));

  final int id;
  private final VirtualLoop loop;
  private final SimNetwork network;
  private final SplittableRandom random;

  private final int blockBytes;

  private SimNode node;
  private SimDisk disk;
  private @Nullable Mirror mirror;

  /// The device may be used: between becamePrimary and leavingPrimary.
  private boolean serving;

  private boolean ending;
  private boolean ended;

  /// Why the mirror did not open, or empty.
  private String refusal = "";

  private MirrorConfig.Limits limits = SimWorld.LIMITS;
  private Consumer<Plan> decisions = _ -> {};
  private Consumer<MirrorEvent> events = _ -> {};
  final NotedEvents noted = new NotedEvents();
  private Witness witness = Witness.NONE;

  /// This machine's, over all lives of its process.
  private final SimBootClock clock;

  private boolean otherDisk;
  private boolean shrunk;
  private boolean blank;

  /// Flushes that had lost something when the pair was whole last.
  private long lostFlushes;

  /// What its former disks have suffered.
  private final FaultCounts faults = new FaultCounts();

  /// Counts the starts of its process.
  private int life;

  /// Whether a person has asked this node, in this life, to be Primary.
  private boolean asked;

  private boolean used;
  private long wroteNanos = Long.MAX_VALUE;

  /// The life in which a person told it to be Secondary.
  private int demotedIn = -1;

  /// The disk that was replaced last.
  private @Nullable SimDisk former;

  /// Whether that was with force.
  private boolean forced;

  SimHost(VirtualLoop loop, SimNetwork network, HostSetup setup, SplittableRandom random) {
    this.loop = loop;
    this.network = network;
    this.id = setup.id();
    this.blockBytes = setup.blockBytes();
    this.random = random;
    this.clock = new SimBootClock(loop);
    this.node = new SimNode("node" + id, loop, id * 1_000_000L);
    this.disk = new SimDisk(node, setup.media(random.nextLong()));
    network.answers(id, this::aboutItself);
  }

  /// Who hears what this node does when it has met the other.
  void tells(Consumer<Plan> planned, Consumer<MirrorEvent> happened) {
    decisions = planned;
    events = happened;
  }

  /// Whom its mirrors ask from the next start on.
  void witness(Witness third) {
    witness = third;
  }

  /// The machine is suspended for so long, or seems to be: what it counts by itself has not moved.
  void suspended(long nanos) {
    clock.suspended(nanos);
  }

  void limits(MirrorConfig.Limits value) {
    limits = value;
  }

  int life() {
    return life;
  }

  boolean wasAsked() {
    return asked;
  }

  void asked(boolean value) {
    asked = value;
  }

  boolean wasForced() {
    return forced;
  }

  void forced(boolean value) {
    forced = value;
  }

  /// Whether its process may start: it is down, and nothing is under way on its disk.
  boolean canStart() {
    return !isAlive();
  }

  /// Holds its process for a while; false if it is held already.
  boolean pause(long nanos) {
    if (node.isPaused()) {
      return false;
    }
    node.pause(nanos);
    return true;
  }

  /// Whether its process stands still.
  boolean isPaused() {
    return node.isPaused();
  }

  /// Both disks are equal and stable: what was lost before counts no more.
  void settled() {
    lostFlushes = disk.media().counts().of(SimFault.LOST_FLUSH);
  }

  /// Whether its mirror is open and its disk has failed.
  boolean hasFailed() {
    return mirror != null && mirror.diskState() == DiskState.FAILED;
  }

  /// Whether a flush of its disk has failed: what was cached may be gone.
  boolean hasLostWrites() {
    return disk.media().counts().of(SimFault.LOST_FLUSH) > lostFlushes
        || (mirror != null && mirror.diskState() == DiskState.FAILED);
  }

  /// Whether it has another disk than when it was in sync last. Answers of the one before may still
  /// be on their way.
  boolean hasOtherDisk() {
    return otherDisk;
  }

  /// It is in sync.
  void diskIsKnown() {
    otherDisk = false;
  }

  /// Whether the next life finds its disk smaller than it was.
  void shrunk(boolean value) {
    shrunk = value;
  }

  /// What its disks have suffered so far.
  FaultCounts faults() {
    var all = new FaultCounts();
    all.addAll(faults);
    all.addAll(disk.media().counts());
    return all;
  }

  /// Whether its disk is new and not laid out yet.
  boolean isBlank() {
    return blank;
  }

  /// Whether a client has used it since it became Primary.
  boolean isUsed() {
    return used;
  }

  /// Whether a client was told before `nanos` that a write is done since it became Primary.
  boolean hasWrittenBefore(long nanos) {
    return wroteNanos < nanos;
  }

  void used(boolean value) {
    used = value;
  }

  void wrote(boolean value) {
    wroteNanos = value ? Math.min(wroteNanos, loop.nowNanos()) : Long.MAX_VALUE;
  }

  /// A person told it to be Secondary, in this life.
  boolean wasDemoted() {
    return demotedIn == life;
  }

  void demoted() {
    demotedIn = life;
  }

  /// The disk that was replaced last comes back; the one in its place is gone.
  ///
  /// @return whether it knows no generation that the data of `other` does not come from
  boolean mayReturn(SimHost other) {
    SimDisk old = former;
    if (old == null || other.isBlank()) {
      return false;
    }
    Superblock now = StableRecord.superblock(other.disk.media());
    Superblock then = StableRecord.superblock(old.media());
    long generation = then.generations().current();
    return generation != 0
        && !now.failed()
        && (now.generations().bitmap() == generation
            || now.generations().history().contains(generation));
  }

  void returnDisk() {
    SimDisk old = Check.present(former, "a disk to return");
    former = null;
    faults.addAll(disk.media().counts());
    blank = false;
    disk = old;
    otherDisk = true;
    lostFlushes = 0;
  }

  /// A blank disk in its place; the node is down.
  void replaceDisk() {
    faults.addAll(disk.media().counts());
    former = blank ? null : disk;
    blank = true;
    Check.that(!isAlive(), "a disk is replaced in a node that is down");
    node = new SimNode("node" + id, loop, id * 1_000_000L);
    disk = new SimDisk(node, disk.media().options(), random.nextLong());
    otherDisk = true;
    lostFlushes = 0;
  }

  boolean isAlive() {
    return node.isAlive();
  }

  boolean isServing() {
    return serving && mirror != null;
  }

  Mirror mirror() {
    return Check.present(mirror, "the mirror is open");
  }

  String refusal() {
    return refusal;
  }

  boolean isOpen() {
    return mirror != null;
  }

  @Nullable MirrorStatus status() {
    Mirror now = mirror;
    return now == null ? null : now.status();
  }

  /// What the mirror, which is open, says of itself.
  MirrorStatus picture() {
    return mirror().status();
  }

  SimDisk disk() {
    return disk;
  }

  void layOut(boolean first, Consumer<String> done) {
    layOut(PAIR, first, done);
  }

  void layOut(UUID pair, boolean first, Consumer<String> done) {
    Mirror.layOut(
        parts(),
        new NodeIdentity(pair, MIRROR, "sim", id),
        new Mirror.Format(first, blockBytes, SimWorld.EXTENTS_MAX, new UUID(5, id)),
        done);
  }

  /// The process that laid the disk out has ended; the mirror runs in the next.
  void endLayOut() {
    blank = false;
    node.crash();
    boot();
  }

  /// A process on the same disk that does nothing yet; the one before is dead.
  void boot() {
    Check.that(!isAlive(), "one process at a time");
    node = new SimNode("node" + id, loop, id * 1_000_000L);
    disk = disk.reopen(node);
  }

  void start() {
    start(limits);
  }

  void start(MirrorConfig.Limits limits) {
    Mirror.open(
        parts(),
        new MirrorConfig("node" + id, "main", "disk" + id, "simulated", limits),
        opened -> {
          switch (opened) {
            case Mirror.Opened.Ready(Mirror ready) -> {
              mirror = ready;
              noted.begin();
              ready.start(this);
            }
            case Mirror.Opened.Refused(Refusal refused) -> refusal = refused.sentence();
          }
        });
  }

  /// The way to the other node beside the link: the management network.
  private void askOther(Consumer<PeerInquiry.Answer> done) {
    SimNode asking = node;
    network.inquire(id, answer -> asking.execute(() -> done.accept(answer)));
  }

  /// What this machine says of itself on the management network; silent while it is down, and mute
  /// while its process stands still.
  private PeerInquiry.Answer aboutItself() {
    MirrorStatus status = status();
    if (status == null || !isAlive()) {
      return new PeerInquiry.Answer.Silent();
    }
    if (node.isPaused()) {
      return new PeerInquiry.Answer.Mute("host " + id);
    }
    return status.role() == Role.PRIMARY
        ? new PeerInquiry.Answer.Primary("host " + id, status.term())
        : new PeerInquiry.Answer.NotPrimary("host " + id);
  }

  private Mirror.Parts parts() {
    BufferPool buffers = BUFFERS.get();
    var less = new BlockRange(0, disk.limits().sizeBytes() - LESS_BYTES);
    BlockDevice device = shrunk ? new SliceDevice(disk, node, less) : disk;
    return new Mirror.Parts(
        node,
        device,
        buffers,
        network.attach(id, node, buffers),
        random::nextLong,
        (_, done) -> askOther(done),
        witness,
        clock);
  }

  /// The orderly end, as the daemon does it: the mirror, then the disk, which nobody may touch
  /// afterwards, whatever was left undone. The process lives on until [#crash].
  void end() {
    ending = true;
    mirror()
        .close(
            left -> {
              ended = !left.isEmpty(); // The process may go while the disk still works for it.
              disk.close(_ -> ended = true);
            });
  }

  /// Whether [#end] was called in this life.
  boolean isEnding() {
    return ending;
  }

  /// Whether the orderly end is over.
  boolean hasEnded() {
    return ended;
  }

  /// The process dies; with the power, the disk's cache goes too.
  void crash(boolean power) {
    crash(power ? SimDisk::crash : SimDisk::kill, () -> !power && random.nextBoolean());
  }

  /// The process dies.
  ///
  /// @param fate what happens to its disk
  /// @param noticed whether the other node is told that the link is gone
  void crash(Consumer<SimDisk> fate, BooleanSupplier noticed) {
    node.crash();
    fate.accept(disk);
    mirror = null;
    serving = false;
    ending = false;
    ended = false;
    asked = false;
    refusal = "";
    network.crashed(id, noticed.getAsBoolean());
  }

  /// The next life, on the same disk; it waits until the last one has let go of it.
  void restart() {
    var next = new SimNode("node" + id, loop, random.nextLong(1_000_000_000));
    node = next;
    life++;
    disk.media()
        .whenFree(
            () -> {
              if (next.isAlive()) {
                disk = disk.reopen(next);
                start();
              }
            });
  }

  boolean isPrimary() {
    Mirror now = mirror;
    return now != null && now.role() == Role.PRIMARY;
  }

  @Override
  public void statusChanged() {}

  @Override
  public void happened(MirrorEvent event) {
    noted.happened(event);
    events.accept(event);
  }

  @Override
  public void decided(Plan plan) {
    decisions.accept(plan);
  }

  @Override
  public void becamePrimary() {
    serving = true;
  }

  @Override
  public void leavingPrimary(Runnable released) {
    serving = false;
    node.execute(released);
  }

  @Override
  public void replicaChanged(BlockRange range) {
    Check.that(range.offset() < 8 << 20, "a change of the control region");
  }

  @Override
  public void peerEnds() {}

  @Override
  public void waitForgotten(String what) {
    throw new AssertionError("a wait was forgotten: " + what);
  }
}
