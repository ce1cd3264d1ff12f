package io.lockstep.daemon;

import io.lockstep.block.disk.BlockSizes;
import io.lockstep.block.ring.LoopKind;
import java.nio.file.Path;
import java.util.Optional;

/// What a daemon is told by its configuration file; see `docs/configuration.md`. Immutable.
///
/// @param nodeName this node's name
/// @param nodeId 0 or 1; node 0 listens for the other one
/// @param disk the backing disk
/// @param peer the other node
/// @param portalListen where the iSCSI portal listens
/// @param portalAddress what initiators are told to log in to
/// @param controlSocket path of the control socket
/// @param consoleUrl where the console is, for people
/// @param loopKind which kernel interface to use; empty: the fastest there is
/// @param handsOver whether a Primary that ends hands over to a peer in sync first
/// @param companyId of the NAA identifiers of volumes that are first exported here, six digits
public record DaemonConfig(
    String nodeName,
    int nodeId,
    Disk disk,
    Peer peer,
    HostPort portalListen,
    HostPort portalAddress,
    Path controlSocket,
    Optional<String> consoleUrl,
    Optional<LoopKind> loopKind,
    boolean handsOver,
    String companyId) {

  /// The backing disk.
  ///
  /// @param path a block device or a file
  /// @param declaredSizes block sizes to use instead of the disk's own, for tests
  /// @param volatileCache for tests: keep what was not flushed in the daemon's memory only
  /// @param missingFlush for tests: a planted bug, flushes are answered and not done
  public record Disk(
      Path path, Optional<BlockSizes> declaredSizes, boolean volatileCache, boolean missingFlush) {}

  /// The other node.
  ///
  /// @param name its name
  /// @param address where node 0 listens, on both nodes
  /// @param anyAddress whether node 0 may listen elsewhere than on loopback
  /// @param portal where its portal is, for initiators
  public record Peer(String name, HostPort address, boolean anyAddress, HostPort portal) {}
}
