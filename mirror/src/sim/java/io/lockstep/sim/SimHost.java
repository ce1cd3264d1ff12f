package io.lockstep.sim;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.MirrorConfig;
import io.lockstep.mirror.MirrorListener;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.Role;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One machine of the simulated pair: its disk, and the mirror that runs on it in its present life.
final class SimHost implements MirrorListener {
  private static final UUID PAIR = new UUID(1, 2);
  private static final UUID MIRROR = new UUID(3, 4);

  final int id;
  private final VirtualLoop loop;
  private final SimNetwork network;
  private final SplittableRandom random;
  private SimNode node;
  private SimDisk disk;
  private @Nullable Mirror mirror;

  /// The device may be used: between becamePrimary and leavingPrimary.
  private boolean serving;

  /// Why the mirror did not open, or empty.
  private String refusal = "";

  SimHost(
      VirtualLoop loop,
      SimNetwork network,
      int id,
      SimDiskOptions options,
      SplittableRandom random) {
    this.loop = loop;
    this.network = network;
    this.id = id;
    this.random = random;
    this.node = new SimNode("node" + id, loop, id * 1_000_000L);
    this.disk = new SimDisk(node, options, random.nextLong());
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

  SimDisk disk() {
    return disk;
  }

  void layOut(boolean first, Consumer<String> done) {
    layOut(PAIR, first, done);
  }

  void layOut(UUID pair, boolean first, Consumer<String> done) {
    Mirror.layOut(
        parts(),
        new Superblock.Identity(pair, MIRROR, "sim", id),
        new Mirror.Format(first, disk.limits().logicalBlockBytes(), SimWorld.EXTENTS_MAX),
        done);
  }

  /// The process that laid the disk out has ended; the mirror runs in the next.
  void endLayOut() {
    node.crash();
    node = new SimNode("node" + id, loop, id * 1_000_000L);
    disk = disk.reopen(node);
  }

  void start() {
    Mirror.open(
        parts(),
        new MirrorConfig("node" + id, "disk" + id, "simulated", SimWorld.LIMITS),
        this,
        opened ->
            mirror =
                switch (opened) {
                  case Mirror.Opened.Ready(Mirror ready) -> ready;
                  case Mirror.Opened.Refused(String sentence) -> {
                    refusal = sentence;
                    yield null;
                  }
                });
  }

  private Mirror.Parts parts() {
    var buffers = new BufferPool(1 << 20);

    return new Mirror.Parts(
        node, disk, buffers, network.attach(id, node, buffers), random::nextLong);
  }

  /// The process dies; with the power, the disk's cache goes too.
  void crash(boolean power) {
    node.crash();
    if (power) {
      disk.crash();
    }
    mirror = null;
    serving = false;
    network.crashed(id, !power && random.nextBoolean());
  }

  /// The next life, on the same disk.
  void restart() {
    node = new SimNode("node" + id, loop, random.nextLong(1_000_000_000));
    disk = disk.reopen(node);
    start();
  }

  boolean isPrimary() {
    MirrorStatus status = status();
    return status != null && status.role() == Role.PRIMARY;
  }

  @Override
  public void statusChanged() {}

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
  public void controlRequest(byte[] request, Consumer<byte[]> reply) {
    reply.accept(request);
  }

  @Override
  public void peerReport(byte[] report) {}
}
