package io.lockstep.daemon;

import static java.util.stream.Collectors.joining;

import io.lockstep.block.BootClock;
import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.KernelClock;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.ControlServer;
import io.lockstep.iscsi.portal.Portal;
import io.lockstep.iscsi.portal.PortalConfig;
import io.lockstep.iscsi.portal.PortalLimits;
import io.lockstep.iscsi.portal.TargetDirectory;
import io.lockstep.iscsi.session.SessionLimits;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.peers.PeerIdentity;
import io.lockstep.peers.net.PeerAddresses;
import io.lockstep.peers.net.PeerSockets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
/// Each mirror has a loop, which disk, peer, volumes, targets and sessions share; the portal has
/// one on which hosts log in, and the node one with its control socket and the control connection,
/// so that neither strangers nor questions take time from the data path. [#start] and [#stop]
/// block, and are called from threads of the program.
public final class Daemon {
  /// A handover, the sessions' end, and the end of a role, each at its limit.
  private static final long STOP_SECONDS_MAX = 30;

  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  private final DaemonConfig config;
  private final RingLoop controlLoop;
  private final RingLoop portalLoop;
  private final BootClock clock;
  private final Node node;
  private @Nullable ControlServer control;

  private Daemon(DaemonConfig config, BootClock clock) {
    this.config = config;
    this.clock = clock;
    LoopKind kind = config.loopKind().orElseGet(LoopKind::best);
    this.controlLoop = RingLoop.start("control", kind, Fatal.HALT);
    this.portalLoop = RingLoop.start("portal", kind, Fatal.HALT);
    this.node = new Node(controlLoop, clock, config);
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
      case KernelClock.Opened.Refused(Refusal refusal) -> throw new StartException(refusal);
    };
  }

  private void open() throws StartException {
    List<TargetDirectory> directories = new ArrayList<>();
    Map<String, PairIdentity> identities = new LinkedHashMap<>();
    for (DaemonConfig.MirrorPart part : config.mirrors()) {
      ServedMirror mirror = ServedMirror.open(config, part, clock, node);
      MirrorStatus.Identity found = mirror.identity();
      identities.put(
          part.name(), new PairIdentity(found.pairName(), found.pairId(), found.mirrorId()));
      onLoop(() -> node.add(mirror));
      directories.add(mirror.directory());
    }
    checkFit(identities);
    PeerContact contact = openContact(identities.values().iterator().next());
    onLoop(() -> node.add(contact));
    Portal portal = openPortal(new AllTargets(directories));
    onLoop(() -> node.add(portal));
    openControl();
    LOG.info(
        "node {} runs on {}, portal {}, control socket {}",
        config.nodeName(),
        config.mirrors().stream().map(part -> part.disk().toString()).collect(joining(", ")),
        config.portal().advertised(),
        config.controlSocket());
  }

  /// What hosts know volumes by holds the mirror's short name, so no two have the same; and all are
  /// of one pair.
  ///
  /// @param identities by the mirrors' names
  private void checkFit(Map<String, PairIdentity> identities) throws StartException {
    Set<String> names = new HashSet<>();
    for (DaemonConfig.MirrorPart part : config.mirrors()) {
      String shortName =
          Check.present(identities.get(part.name()), "each mirror is open").pairName();
      if (!names.add(shortName)) {
        throw new StartException(
            new Refusal(
                "The disk %s was not taken".formatted(part.disk()),
                "it has the short name of another mirror, %s: it is a copy of that one's disk"
                    .formatted(shortName),
                "take the disk that was laid out for mirror " + part.name()));
      }
    }
    Optional<Refusal> misfit = PairIdentity.misfit(identities);
    if (misfit.isPresent()) {
      throw new StartException(misfit.get());
    }
  }

  private void onLoop(Runnable work) {
    var done = new CompletableFuture<Boolean>();
    controlLoop.execute(
        () -> {
          work.run();
          done.complete(true);
        });
    done.join();
  }

  private PeerContact openContact(PairIdentity pair) throws StartException {
    DaemonConfig.Peer peer = config.peer();
    var addresses =
        new PeerAddresses(config.nodeId(), peer.addresses(), peer.port(), peer.anyAddress());
    var own =
        new PeerIdentity(
            pair.pairId(), config.nodeId(), config.nodeName(), pair.pairName(), Release.NAME);
    return switch (PeerSockets.open(controlLoop, addresses)) {
      case PeerSockets.Opened.Ready(PeerSockets sockets) ->
          new PeerContact(sockets, controlLoop, new PeerContact.Told(own, peer.addresses()), node);
      case PeerSockets.Opened.Refused(Refusal refusal) -> throw new StartException(refusal);
    };
  }

  private Portal openPortal(TargetDirectory targets) throws StartException {
    var portalConfig =
        new PortalConfig(
            config.portal().listen().host(),
            config.portal().listen().port(),
            config.nodeId() + 1,
            "",
            PortalLimits.DEFAULT.among(config.mirrors().size()),
            SessionLimits.DEFAULT);
    var outcome = new CompletableFuture<Portal.Outcome>();
    Portal.start(portalConfig, targets, portalLoop, outcome::complete);
    return switch (outcome.join()) {
      case Portal.Outcome.Started(Portal portal) -> portal;
      case Portal.Outcome.Refused(Refusal refusal) -> throw new StartException(refusal);
    };
  }

  /// The node is started as soon as it can be asked, and before anybody asks. It is last: a node
  /// that refuses to start has never met its peer.
  private void openControl() throws StartException {
    var outcome = new CompletableFuture<ControlServer.Outcome>();
    ControlServer.start(
        controlLoop,
        config.controlSocket(),
        node,
        node.dispatcher(),
        started -> {
          if (started instanceof ControlServer.Outcome.Started(ControlServer server)) {
            node.start(server::statusChanged, server::happened);
          }
          outcome.complete(started);
        });
    control =
        switch (outcome.join()) {
          case ControlServer.Outcome.Started(ControlServer server) -> server;
          case ControlServer.Outcome.Refused(Refusal refusal) -> throw new StartException(refusal);
        };
  }

  /// Who ends the process when the control API asks for it; called on the node's loop, and must not
  /// wait. It is expected to lead to [#stop].
  public void onStopWanted(Runnable processEnd) {
    controlLoop.execute(() -> node.onStopWanted(processEnd));
  }

  /// The orderly end, in the reverse order of [#open]: control socket, portal, mirrors with their
  /// disks, control connection; then the loops, those of the mirrors last, since the others put
  /// tasks on them until they end. Called once; of a start that was refused it closes what there
  /// is.
  ///
  /// @return whether all of it was done in time
  public boolean stop() {
    var done = new CompletableFuture<Boolean>();
    controlLoop.execute(node::ends);
    if (control == null) {
      controlLoop.execute(() -> node.close(() -> done.complete(true)));
    } else {
      control.close(() -> node.close(() -> done.complete(true)));
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
    node.seal();
    controlLoop.close();
    portalLoop.close();
    node.closeRest();
    LOG.info("node {} has ended", config.nodeName());
    return true;
  }
}
