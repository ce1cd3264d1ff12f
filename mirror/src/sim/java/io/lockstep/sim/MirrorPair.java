package io.lockstep.sim;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// A pair for scenarios that read like a run-book: nodes A and B, told step by step what happens to
/// them. The production mirror under the simulation's clock, disks and cable.
public final class MirrorPair {
  public static final int A = 0;
  public static final int B = 1;

  private static final long TURNS_MAX = 2_000_000;
  private static final int BLOCK = 4096;

  final VirtualLoop loop = new VirtualLoop();
  final SimNetwork network;
  final SimHost[] hosts = new SimHost[2];

  private MirrorPair(long seed, IntFunction<HostSetup> setup) {
    var random = new SplittableRandom(seed);
    network = new SimNetwork(loop, SimNetworkOptions.USUAL, random.nextLong());
    for (int id : new int[] {A, B}) {
      hosts[id] = new SimHost(loop, network, setup.apply(id), random.split());
    }
  }

  /// Two blank disks.
  public static MirrorPair blank(long seed, int bytesA, int bytesB) {
    return new MirrorPair(
        seed, id -> new HostSetup(id, SimDiskOptions.ofSize(id == A ? bytesA : bytesB), 512));
  }

  /// A running pair in sync, A Primary.
  public static MirrorPair seeded(long seed) {
    var disk = SimDiskOptions.ofSize(26 << 20);
    PairImage image = PairImage.of(new PairImage.Kind(disk, disk, 512));
    var pair = new MirrorPair(seed, image::setup);
    pair.start(A).start(B).runUntilWhole();
    Check.that(pair.hosts[A].isServing(), "the last Primary resumes");
    return pair;
  }

  public MirrorPair layOut(int node, boolean first) {
    return layOut(node, first, new UUID(1, 2));
  }

  public MirrorPair layOut(int node, boolean first, UUID pairId) {
    String failure = await("laid out", done -> hosts[node].layOut(pairId, first, done));
    Check.that(failure.isEmpty(), failure.isEmpty() ? "laid out" : failure);
    hosts[node].endLayOut();
    return this;
  }

  /// The disk of a node that is down is replaced by a blank one, laid out to join.
  public MirrorPair replaceDisk(int node) {
    hosts[node].replaceDisk();
    return layOut(node, false);
  }

  public MirrorPair start(int node) {
    hosts[node].start();
    return this;
  }

  /// Ends a node in order, and starts it again with this third vote.
  public MirrorPair restart(int node, Witness third) {
    end(node).hosts[node].witness(third);
    return restart(node);
  }

  /// A machine's clock has gone on for so long, and nothing else of it has.
  public MirrorPair suspended(int node, long nanos) {
    hosts[node].suspended(nanos);
    return this;
  }

  public MirrorPair restart(int node) {
    hosts[node].restart();
    return this;
  }

  /// The process is killed; the disk keeps its cache.
  public MirrorPair kill(int node) {
    hosts[node].crash(false);
    return this;
  }

  /// Its process stands still: its machine takes connections, and nothing comes.
  public MirrorPair freeze(int node, long nanos) {
    Check.that(hosts[node].pause(nanos), "frozen once at a time");
    return this;
  }

  /// The power goes, and with it what was not flushed.
  public MirrorPair cutPower(int node) {
    hosts[node].crash(true);
    return this;
  }

  /// Every way between the nodes is cut: the link, and the one on which they ask each other.
  public MirrorPair cutLink() {
    network.cutInquiry(true);
    return cutLinkOnly();
  }

  /// The nodes can still ask each other who is Primary.
  public MirrorPair cutLinkOnly() {
    network.cut();
    return runUntil(
        "both have noticed",
        () ->
            status(A).connectionState() == ConnectionState.CONNECTING
                && status(B).connectionState() == ConnectionState.CONNECTING);
  }

  /// The nodes cannot ask each other who is Primary; the link stands.
  public MirrorPair cutOtherWays() {
    network.cutInquiry(true);
    return this;
  }

  /// The connection ends, and both are told; the next one comes by itself.
  public MirrorPair breakLink() {
    network.breakConnection();
    return this;
  }

  /// Frames of a connection that has ended come in when the next one stands.
  public MirrorPair lateFrames() {
    network.lateFrames(true);
    return this;
  }

  /// Stops the bytes of both directions; nobody has noticed yet.
  public MirrorPair stallLink() {
    network.cut();
    return this;
  }

  public MirrorPair healLink() {
    network.cutInquiry(false);
    network.mend();
    return this;
  }

  /// Asks for a promotion; the answer comes while the pair runs on.
  public CompletableFuture<CommandResult> promoting(int node) {
    return asking(done -> hosts[node].mirror().promote(done));
  }

  /// Asks for a demotion; the answer comes while the pair runs on.
  public CompletableFuture<CommandResult> demoting(int node) {
    return asking(done -> hosts[node].mirror().demote(done));
  }

  /// Asks for a disconnect; the answer comes while the pair runs on.
  public CompletableFuture<CommandResult> disconnecting(int node, boolean force) {
    return asking(done -> hosts[node].mirror().disconnect(force, done));
  }

  private static <T> CompletableFuture<T> asking(Consumer<Consumer<T>> ask) {
    var answer = new CompletableFuture<T>();
    ask.accept(result -> Check.that(answer.complete(result), "answered once"));
    return answer;
  }

  public CommandResult promote(int node) {
    return await("promoted", done -> mirror(node).promote(done));
  }

  public CommandResult promote(int node, boolean force) {
    return await("promoted", done -> mirror(node).promote(force, done));
  }

  public CommandResult demote(int node) {
    return await("demoted", done -> mirror(node).demote(done));
  }

  public CommandResult disconnect(int node) {
    return await("disconnected", done -> mirror(node).disconnect(done));
  }

  public CommandResult disconnect(int node, boolean force) {
    return await("disconnected", done -> mirror(node).disconnect(force, done));
  }

  public CommandResult connect(int node, boolean discardMyData) {
    return await("connecting", done -> mirror(node).connect(discardMyData, done));
  }

  /// Asks to give up what cannot be read; the answer comes while the pair runs on.
  public CompletableFuture<CommandResult> acceptingLoss(int node) {
    return asking(done -> mirror(node).acceptLoss(done));
  }

  public CommandResult acceptLoss(int node) {
    return await("accepted", done -> mirror(node).acceptLoss(done));
  }

  /// Writes one 4 KiB block full of `value`.
  public IoResult write(int node, int block, int value) {
    return writeBytes(node, (long) block * BLOCK, BLOCK, value);
  }

  /// Writes `length` bytes of `value`.
  public IoResult writeBytes(int node, long offset, int length, int value) {
    ByteBuffer content = filled(value, length);
    return await(
        "written",
        done -> device(node).write(offset, content, Durability.WRITE_BACK, done::accept));
  }

  /// Begins to write one block; the answer comes while the pair runs on.
  public CompletableFuture<IoResult> writing(int node, int block, int value) {
    long at = (long) block * BLOCK;
    ByteBuffer content = filled(value, BLOCK);
    return asking(done -> device(node).write(at, content, Durability.WRITE_BACK, done::accept));
  }

  /// Discards one block.
  public IoResult discard(int node, int block, Durability durability) {
    long at = (long) block * BLOCK;
    return await("discarded", done -> device(node).discard(at, BLOCK, durability, done::accept));
  }

  /// Writes zeroes over one block.
  public IoResult writeZeroes(int node, int block, Durability durability) {
    long at = (long) block * BLOCK;
    return await("zeroed", done -> device(node).writeZeroes(at, BLOCK, durability, done::accept));
  }

  /// Lets that many things happen.
  public MirrorPair turns(int count) {
    for (int turn = 0; turn < count && loop.turn(); turn++) {
      // Nothing is waited for.
    }
    return this;
  }

  public IoResult flush(int node) {
    return await("flushed", done -> device(node).flush(done::accept));
  }

  /// Begins a flush; the answer comes while the pair runs on.
  public CompletableFuture<IoResult> flushing(int node) {
    return asking(done -> device(node).flush(done::accept));
  }

  /// How many flushes a node's disk has done.
  public long flushes(int node) {
    return hosts[node].disk().media().flushes();
  }

  /// The value a block is full of, as its Primary serves it; -1 if it is not served.
  public int read(int node, int block) {
    ByteBuffer content = BufferPool.allocate(BLOCK);
    IoResult result =
        await("read", done -> device(node).read((long) block * BLOCK, content, done::accept));
    return result.isOk() ? content.get(0) : -1;
  }

  /// Begins to read one block; the value comes while the pair runs on, -1 if it is refused.
  public CompletableFuture<Integer> reading(int node, int block) {
    ByteBuffer content = BufferPool.allocate(BLOCK);
    CompletableFuture<IoResult> answer =
        asking(done -> device(node).read((long) block * BLOCK, content, done::accept));
    return answer.thenApply(result -> result.isOk() ? (int) content.get(0) : -1);
  }

  /// How reading a run of bytes ends.
  public IoResult read(int node, long offset, ByteBuffer target) {
    return await("read", done -> device(node).read(offset, target, done::accept));
  }

  /// How reading the first block of a node's local copy ends.
  public IoResult readReplica(int node) {
    ByteBuffer content = BufferPool.allocate(BLOCK);
    return await("replica", done -> mirror(node).replica().read(0, content, done::accept));
  }

  /// Begins the orderly end of a node.
  public MirrorPair ending(int node) {
    hosts[node].end();
    return this;
  }

  /// Whether hosts are served by a node.
  public boolean isServing(int node) {
    return hosts[node].isServing();
  }

  /// Whether the orderly end of a node is over.
  public boolean hasEnded(int node) {
    return hosts[node].hasEnded();
  }

  /// The orderly end of a node, and then of its process.
  public MirrorPair end(int node) {
    hosts[node].end();
    runUntil("ended", hosts[node]::hasEnded);
    return kill(node);
  }

  /// The value a block is full of on a node's own disk.
  public int onDisk(int node, int block) {
    long offset = status(node).replicatedOffset() + (long) block * BLOCK;
    return hosts[node].disk().media().current(offset, 1)[0];
  }

  /// The same, after a power cut now that takes all that was not flushed.
  public int stableOnDisk(int node, int block) {
    long at = status(node).replicatedOffset() + (long) block * BLOCK;
    return (int) (hosts[node].disk().media().stableAt(at) & 0xFF);
  }

  /// The generation that a node's disk would name after a power cut now.
  public long stableGeneration(int node) {
    return StableRecord.superblock(hosts[node].disk().media()).generations().current();
  }

  /// The state that a node's disk would name after a power cut now.
  public DiskState stableDiskState(int node) {
    return StableRecord.superblock(hosts[node].disk().media()).diskState();
  }

  public MirrorStatus status(int node) {
    return Check.present(hosts[node].status(), "the node runs");
  }

  /// What a node's mirror has noted since its last start, each with the reason.
  public List<String> noted(int node) {
    return hosts[node].noted.texts();
  }

  /// Why the connection of a node stands still; empty if it does not, or the node does not run.
  public String reason(int node) {
    return isRunning(node) ? status(node).reason() : "";
  }

  /// Whether a node runs and is in sync with the other.
  public boolean inSync(int node) {
    return isRunning(node)
        && status(node).connectionState() == ConnectionState.CONNECTED
        && status(node).diskState() == DiskState.UP_TO_DATE
        && status(node).peerDiskState() == DiskState.UP_TO_DATE;
  }

  /// Whether the mirror of a node is open.
  public boolean isRunning(int node) {
    return hosts[node].isOpen();
  }

  /// Why the mirror of a node did not open; empty if it did or has not tried.
  public String refusal(int node) {
    return hosts[node].refusal();
  }

  /// Flips one bit on the platters.
  public MirrorPair corrupt(int node, long offset) {
    hosts[node].disk().media().corrupt(offset);
    return this;
  }

  /// The disk of a node stands still: what begins or is under way on it does not end.
  public MirrorPair stickDisk(int node) {
    hosts[node].disk().media().stick();
    return this;
  }

  /// The same for one kind of operation.
  public MirrorPair stickDisk(int node, SimDisk.Operation operation) {
    hosts[node].disk().media().stick(operation);
    return this;
  }

  /// A disk that stood still moves again.
  public MirrorPair releaseDisk(int node) {
    hosts[node].disk().media().unstick();
    return this;
  }

  /// Operations of this kind fail if they touch the range, until [#healDisk].
  ///
  /// @param offset bytes from the start of the disk, where its metadata is
  public MirrorPair failDisk(int node, SimDisk.Operation operation, long offset, long length) {
    hosts[node].disk().media().fail(operation, offset, length);
    return this;
  }

  /// The next operations of this kind fail if they touch the range.
  public MirrorPair failDiskNext(
      int node, SimDisk.Operation operation, BlockRange range, int count) {
    hosts[node].disk().media().failNext(operation, range.offset(), range.length(), count);
    return this;
  }

  /// Bytes cannot be read until they are written.
  ///
  /// @param offset bytes from the start of the disk
  public MirrorPair makeUnreadable(int node, long offset, long length) {
    hosts[node].disk().media().makeUnreadable(offset, length);
    return this;
  }

  /// Nothing fails any more, and the disk is as fast as before.
  public MirrorPair healDisk(int node) {
    hosts[node].disk().media().heal();
    return this;
  }

  /// Every operation takes about that long, until [#healDisk].
  public MirrorPair slowDisk(int node, long nanos) {
    hosts[node].disk().media().slow(nanos, nanos);
    return this;
  }

  public BlockDevice disk(int node) {
    return hosts[node].disk();
  }

  public byte[] image(int node) {
    return hosts[node].disk().currentView();
  }

  public MirrorPair runFor(long nanos) {
    loop.advance(nanos);
    return this;
  }

  /// Until both are in sync and one of them is Primary.
  public MirrorPair runUntilWhole() {
    return runUntil(
        "whole", () -> inSync(A) && inSync(B) && (hosts[A].isServing() || hosts[B].isServing()));
  }

  public MirrorPair runUntil(String what, BooleanSupplier condition) {
    for (long turn = 0; !condition.getAsBoolean(); turn++) {
      if (turn > TURNS_MAX || !loop.turn()) {
        throw new AssertionError(
            "%s, never came: %s / %s %s %s"
                .formatted(what, hosts[A].status(), hosts[B].status(), refusal(A), refusal(B)));
      }
    }
    return this;
  }

  public void assertIdentical() {
    SimMedia left = hosts[A].disk().media();
    SimMedia right = hosts[B].disk().media();
    Check.that(status(A).replicatedOffset() == status(B).replicatedOffset(), "one layout");
    long differs =
        SimMedia.firstDifference(
            left, right, status(A).replicatedOffset(), status(A).replicatedBytes());
    Check.that(differs < 0, "both replicated spaces are identical; first difference", differs, 0);
  }

  private Mirror mirror(int node) {
    return hosts[node].mirror();
  }

  private BlockDevice device(int node) {
    return mirror(node).device();
  }

  private static ByteBuffer filled(int value, int length) {
    ByteBuffer content = BufferPool.allocate(length);
    for (int at = 0; at < length; at++) {
      content.put(at, (byte) value);
    }
    return content;
  }

  private <T> T await(String what, Consumer<Consumer<T>> action) {
    var answer = new AtomicReference<@Nullable T>();
    action.accept(answer::set);
    runUntil(what, () -> answer.get() != null);
    return Check.present(answer.get(), what);
  }
}
