package io.lockstep.daemon;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BootClock;
import io.lockstep.block.BufferPool;
import io.lockstep.block.disk.DiskOptions;
import io.lockstep.block.disk.LocalDisk;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.KernelClock;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.ControlServer;
import io.lockstep.iscsi.portal.Portal;
import io.lockstep.iscsi.portal.PortalConfig;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.peer.NettyPeerTransport;
import io.lockstep.mirror.peer.PeerConfig;
import java.security.SecureRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One node's process: opens what a node needs, in order, and closes it in the reverse order. What
/// cannot be opened is a sentence, and what was opened before it is closed again.
///
/// Two loops: the mirror's, which disk, peer, volumes, targets and sessions share, and one for the
/// control socket, so that nobody's questions take time from the data path. [#start] and [#stop]
/// block, and are called from threads of the program.
public final class Daemon {
  /// Memory that idle buffers may hold.
  private static final long POOL_BYTES = 64L << 20;

  /// A handover, the sessions' end, and the end of a role, each at its limit.
  private static final long STOP_SECONDS_MAX = 30;
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  private final DaemonConfig config;
  private final RingLoop loop;
  private final RingLoop controlLoop;
  private final BufferPool pool = new BufferPool(POOL_BYTES);
  private final BootClock clock;
  private final Node node;
  private @Nullable BlockDevice backing;
  private @Nullable NettyPeerTransport transport;
  private @Nullable ControlServer control;
  private boolean attached;

  /// A daemon that cannot start: what, why, what to do.
  public static final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    StartException(String sentence) {
      super(sentence);
    }
  }

  private Daemon(DaemonConfig config, BootClock clock) {
    this.config = config;
    this.clock = clock;
    LoopKind kind = config.loopKind().orElseGet(LoopKind::best);
    this.loop = RingLoop.start("mirror", kind, Fatal.HALT);
    this.controlLoop = RingLoop.start("control", kind, Fatal.HALT);
    this.node = new Node(loop, clock, pool, config);
  }

  /// Starts a node; it serves when this returns, as Secondary.
  public static Daemon start(DaemonConfig config) throws StartException {
    Daemon daemon = new Daemon(config, openClock());
    try {
      daemon.open();
      return daemon;
    } catch (StartException e) {
      daemon.stop();
      throw e;
    }
  }

  private static BootClock openClock() throws StartException {
    return switch (KernelClock.open()) {
      case KernelClock.Opened.Ready(BootClock opened) -> opened;
      case KernelClock.Opened.Refused(String sentence) -> throw new StartException(sentence);
    };
  }

  private void open() throws StartException {
    LocalDisk opened = openDisk();
    NettyPeerTransport peer = openTransport();
    BlockDevice tested = DiskTests.around(opened, loop, pool, config.test());
    backing = tested;
    Mirror mirror = openMirror(tested, peer);
    openPortal();
    openControl();
    // Last: a node that refuses to start has never met its peer.
    loop.execute(mirror::start);
    LOG.info(
        "node {} runs on {}, portal {}, control socket {}",
        config.nodeName(),
        config.mirror().disk(),
        config.portal().advertised(),
        config.controlSocket());
  }

  private LocalDisk openDisk() throws StartException {
    var options = new DiskOptions(config.test().declaredSizes(), true);
    return switch (LocalDisk.open(loop, config.mirror().disk(), options)) {
      case LocalDisk.Opened.Ready(LocalDisk opened) -> {
        backing = opened;
        yield opened;
      }
      case LocalDisk.Opened.Refused(String sentence) -> throw new StartException(sentence);
    };
  }

  private NettyPeerTransport openTransport() throws StartException {
    var peerConfig =
        new PeerConfig(
            config.nodeId(),
            config.link(config.mirror()).socketAddress(),
            config.peer().anyAddress());
    return switch (NettyPeerTransport.open(loop, pool, peerConfig)) {
      case NettyPeerTransport.Opened.Ready(NettyPeerTransport opened) -> {
        transport = opened;
        yield opened;
      }
      case NettyPeerTransport.Opened.Refused(String sentence) -> throw new StartException(sentence);
    };
  }

  private Mirror openMirror(BlockDevice backing, NettyPeerTransport peer) throws StartException {
    var parts =
        new Mirror.Parts(
            loop,
            backing,
            pool,
            peer,
            new SecureRandom()::nextLong,
            node.inquiry(),
            Witness.NONE,
            clock);
    var mirrorConfig =
        new MirrorConfig(
            config.nodeName(),
            config.mirror().disk().toString(),
            Release.NAME,
            MirrorConfig.Limits.DEFAULT);
    var outcome = new CompletableFuture<Mirror.Opened>();
    loop.execute(
        () ->
            Mirror.open(
                parts,
                mirrorConfig,
                node,
                opened -> {
                  if (opened instanceof Mirror.Opened.Ready(Mirror mirror)) {
                    node.attach(mirror);
                  }
                  outcome.complete(opened);
                }));
    return switch (outcome.join()) {
      case Mirror.Opened.Ready(Mirror mirror) -> {
        attached = true;
        checkNodeId(mirror);
        yield mirror;
      }
      case Mirror.Opened.Refused(String sentence) -> throw new StartException(sentence);
    };
  }

  private void checkNodeId(Mirror mirror) throws StartException {
    var found = new CompletableFuture<Integer>();
    loop.execute(() -> found.complete(mirror.status().identity().nodeId()));
    if (found.join() != config.nodeId()) {
      throw new StartException(
          "The disk %s is that of node id %d of its pair, and node.id is %d; use the other node's"
                  .formatted(config.mirror().disk(), found.join(), config.nodeId())
              + " disk here, or correct node.id.");
    }
  }

  private void openPortal() throws StartException {
    var portalConfig =
        PortalConfig.of(
            config.portal().listen().host(), config.portal().listen().port(), config.nodeId() + 1);
    var outcome = new CompletableFuture<Portal.Outcome>();
    Portal.start(
        portalConfig,
        node.targets(),
        loop,
        started -> {
          if (started instanceof Portal.Outcome.Started(Portal portal)) {
            node.attach(portal);
          }
          outcome.complete(started);
        });
    if (outcome.join() instanceof Portal.Outcome.Refused(String sentence)) {
      throw new StartException(sentence);
    }
  }

  private void openControl() throws StartException {
    var outcome = new CompletableFuture<ControlServer.Outcome>();
    ControlServer.start(
        controlLoop, config.controlSocket(), node, node.dispatcher(), outcome::complete);
    switch (outcome.join()) {
      case ControlServer.Outcome.Started(ControlServer server) -> {
        control = server;
        loop.execute(() -> node.onChange(server::statusChanged, server::happened));
      }
      case ControlServer.Outcome.Refused(String sentence) -> throw new StartException(sentence);
    }
  }

  /// Who ends the process when the control API asks for it; called on the node's loop, and must not
  /// wait. It is expected to lead to [#stop].
  public void onStopWanted(Runnable processEnd) {
    loop.execute(() -> node.onStopWanted(processEnd));
  }

  /// The orderly end.
  ///
  /// @return whether all of it was done in time
  public boolean stop() {
    var done = new CompletableFuture<Boolean>();
    loop.execute(node::ends);
    if (control == null) {
      loop.execute(() -> closeNode(done));
    } else {
      control.close(() -> loop.execute(() -> closeNode(done)));
    }
    try {
      done.get(STOP_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      LOG.error("the orderly end took longer than {} s; ending without it", STOP_SECONDS_MAX);
      return false;
    } catch (InterruptedException | ExecutionException e) {
      LOG.error("the orderly end failed", e);
      return false;
    }
    if (transport != null) {
      transport.close();
    }
    controlLoop.close();
    loop.close();
    LOG.info("node {} has ended", config.nodeName());
    return true;
  }

  private void closeNode(CompletableFuture<Boolean> done) {
    if (attached) {
      node.close(() -> closeDisk(done));
    } else {
      closeDisk(done);
    }
  }

  private void closeDisk(CompletableFuture<Boolean> done) {
    if (backing == null) {
      done.complete(true);
    } else {
      backing.close(
          _ -> {
            checkBuffers();
            done.complete(true);
          });
    }
  }

  /// At the end everybody has given back what he borrowed; whoever has not would have used up the
  /// memory in time.
  private void checkBuffers() {
    if (pool.borrowedBytes() != 0) {
      LOG.warn("{} bytes of buffers were not given back", pool.borrowedBytes());
    }
  }
}
