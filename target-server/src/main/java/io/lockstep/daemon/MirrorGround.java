package io.lockstep.daemon;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BootClock;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Refusal;
import io.lockstep.block.disk.DiskOptions;
import io.lockstep.block.disk.LocalDisk;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.peer.NettyPeerTransport;
import io.lockstep.mirror.peer.PeerConfig;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What one mirror of a node stands on: its loop, the buffers of that loop, the disk, and the way
/// to the other node. Opened by threads of the program, which wait for it, and closed in the
/// reverse order. Immutable.
///
/// @param disk as the mirror sees it, with the filters for tests around it
record MirrorGround(
    RingLoop loop, BufferPool pool, BlockDevice disk, NettyPeerTransport transport) {
  /// Memory that idle buffers of all mirrors may hold.
  private static final long POOL_BYTES = 64L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(MirrorGround.class);

  /// Opens all of it. What cannot be opened is a sentence, and what was opened before it is closed.
  static MirrorGround open(DaemonConfig config, DaemonConfig.MirrorPart part)
      throws StartException {
    LoopKind kind = config.loopKind().orElseGet(LoopKind::best);
    RingLoop loop = RingLoop.start("mirror " + part.name(), kind, Fatal.HALT);
    try {
      return open(config, part, loop);
    } catch (StartException e) {
      loop.close();
      throw e;
    }
  }

  private static MirrorGround open(DaemonConfig config, DaemonConfig.MirrorPart part, RingLoop loop)
      throws StartException {
    var options = new DiskOptions(config.test().declaredSizes(), true);
    LocalDisk disk =
        switch (LocalDisk.open(loop, part.disk(), options)) {
          case LocalDisk.Opened.Ready(LocalDisk opened) -> opened;
          case LocalDisk.Opened.Refused(Refusal refusal) -> throw new StartException(refusal);
        };
    var pool = new BufferPool(POOL_BYTES / config.mirrors().size());
    var peer =
        new PeerConfig(
            config.nodeId(), config.link(part).socketAddress(), config.peer().anyAddress());
    return switch (NettyPeerTransport.open(loop, pool, peer)) {
      case NettyPeerTransport.Opened.Ready(NettyPeerTransport transport) ->
          new MirrorGround(
              loop, pool, DiskTests.around(disk, loop, pool, config.test()), transport);
      case NettyPeerTransport.Opened.Refused(Refusal refusal) -> {
        close(loop, disk);
        throw new StartException(refusal);
      }
    };
  }

  private static void close(RingLoop loop, BlockDevice disk) {
    var closed = new CompletableFuture<Boolean>();
    loop.execute(() -> disk.close(_ -> closed.complete(true)));
    closed.join();
  }

  /// Attaches the mirror, which is not started. If it cannot be, all of this is closed.
  Mirror attach(
      DaemonConfig config, DaemonConfig.MirrorPart part, BootClock clock, PeerInquiry inquiry)
      throws StartException {
    var parts =
        new Mirror.Parts(
            loop,
            disk,
            pool,
            transport,
            new SecureRandom()::nextLong,
            inquiry,
            Witness.NONE,
            clock);
    var mirrorConfig =
        new MirrorConfig(
            config.nodeName(),
            part.name(),
            part.disk().toString(),
            Release.NAME,
            MirrorConfig.Limits.DEFAULT);
    var outcome = new CompletableFuture<Mirror.Opened>();
    loop.execute(
        () ->
            Mirror.open(
                parts,
                mirrorConfig,
                opened -> ifItIsOurs(opened, config.nodeId(), part, outcome::complete)));
    return switch (outcome.join()) {
      case Mirror.Opened.Ready(Mirror mirror) -> mirror;
      case Mirror.Opened.Refused(Refusal refusal) -> {
        closeUnused();
        throw new StartException(refusal);
      }
    };
  }

  /// Runs on the loop.
  private static void ifItIsOurs(
      Mirror.Opened opened,
      int nodeId,
      DaemonConfig.MirrorPart part,
      Consumer<Mirror.Opened> done) {
    if (!(opened instanceof Mirror.Opened.Ready(Mirror mirror))
        || mirror.status().identity().nodeId() == nodeId) {
      done.accept(opened);
      return;
    }
    Refusal refusal =
        LaidOutDisks.otherNodes(part.disk(), mirror.status().identity().nodeId(), nodeId);
    mirror.close(_ -> done.accept(new Mirror.Opened.Refused(refusal)));
  }

  private void closeUnused() {
    var closed = new CompletableFuture<Boolean>();
    loop.execute(() -> closeDisk(() -> closed.complete(true)));
    closed.join();
    close();
  }

  /// Closes the disk, which nobody uses any more. Called on the loop.
  void closeDisk(Runnable done) {
    disk.close(
        _ -> {
          checkBuffers();
          done.run();
        });
  }

  /// At the end everybody has given back what he borrowed; whoever has not would have used up the
  /// memory in time.
  private void checkBuffers() {
    if (pool.borrowedBytes() != 0) {
      LOG.warn("{} bytes of buffers were not given back", pool.borrowedBytes());
    }
  }

  /// Closes what is left when the disk is closed. Not called on a loop.
  void close() {
    transport.close();
    loop.close();
  }
}
