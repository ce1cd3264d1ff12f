package io.lockstep.daemon;

import io.lockstep.block.disk.BlockSizes;
import io.lockstep.block.ring.LoopKind;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a daemon is told by its configuration file; see `docs/configuration.md`. Immutable.
///
/// @param node what this node is called, and how it ends
/// @param mirrors what the two nodes keep equal; at least one
/// @param peer the other node
/// @param portals where hosts find this node; at least one
/// @param controlSocket path of the control socket
/// @param written where the node writes about itself
/// @param consoleUrl where the console is, for people
/// @param loopKind which kernel interface to use; empty: the fastest there is
/// @param companyId of the NAA identifiers of volumes that are first exported here, six digits
/// @param test what only tests want
public record DaemonConfig(
    NodePart node,
    List<MirrorPart> mirrors,
    Peer peer,
    List<PortalPart> portals,
    Path controlSocket,
    Written written,
    Optional<String> consoleUrl,
    Optional<LoopKind> loopKind,
    String companyId,
    Test test) {

  /// So many mirrors fit into the memory that a daemon has outside the heap; see `docs/design.md`.
  static final int MIRRORS_MAX = 2;

  /// This node.
  ///
  /// @param name its name
  /// @param id 0 or 1; node 0 listens for the other one
  /// @param handsOver whether a Primary that ends hands over to a peer in sync first
  public record NodePart(String name, int id, boolean handsOver) {}

  /// This node's half of a mirror.
  ///
  /// @param name its name, for people
  /// @param port where node 0 listens for node 1, for this mirror
  /// @param disks the backing disks: block devices or files; at least one
  public record MirrorPart(String name, int port, List<Path> disks) {
    /// The backing disk, while there is one.
    Path disk() {
      return disks.getFirst();
    }
  }

  /// The other node.
  ///
  /// @param name its name
  /// @param addresses where node 0 listens, on both nodes; at least one, and at most
  ///     [io.lockstep.peers.PeerLimits#ADDRESSES_MAX]
  /// @param port where node 0 listens at each of them for the control connection
  /// @param anyAddress whether node 0 may listen elsewhere than on loopback
  /// @param portals where its portals are, for initiators; at least one
  public record Peer(
      String name, List<String> addresses, int port, boolean anyAddress, List<HostPort> portals) {
    /// The portal, while there is one.
    HostPort portal() {
      return portals.getFirst();
    }
  }

  /// Where hosts find this node.
  ///
  /// @param listen where the iSCSI portal listens
  /// @param advertised what initiators are told to log in to
  public record PortalPart(HostPort listen, HostPort advertised) {}

  /// Where a node writes about itself.
  ///
  /// @param auditFile who has changed what
  /// @param logFile its log; empty: to standard output
  public record Written(Path auditFile, Optional<Path> logFile) {}

  /// What only tests want, of all disks of this node.
  ///
  /// @param noDiscard the disk does not give back space
  /// @param declaredSizes block sizes to use instead of the disk's own
  /// @param volatileCache keep what was not flushed in the daemon's memory only
  /// @param missingFlush a planted bug, flushes are answered and not done
  /// @param filters what makes the disks slow, bad or talkative
  public record Test(
      boolean noDiscard,
      Optional<BlockSizes> declaredSizes,
      boolean volatileCache,
      boolean missingFlush,
      Filters filters) {}

  /// Filters around the disks; 0 is off.
  ///
  /// @param delayMicros by which each operation ends later
  /// @param failReads one of so many reads fails, at random
  /// @param failWrites one of so many writes fails, at random
  /// @param logsIo whether each operation is logged
  public record Filters(int delayMicros, int failReads, int failWrites, boolean logsIo) {
    static final Filters NONE = new Filters(0, 0, 0, false);
  }

  String nodeName() {
    return node.name;
  }

  int nodeId() {
    return node.id;
  }

  boolean handsOver() {
    return node.handsOver;
  }

  /// The mirror of this name, or empty.
  public Optional<MirrorPart> mirror(String name) {
    return mirrors.stream().filter(mirror -> mirror.name.equals(name)).findFirst();
  }

  public List<String> mirrorNames() {
    return mirrors.stream().map(MirrorPart::name).toList();
  }

  /// The portal, while there is one.
  PortalPart portal() {
    return portals.getFirst();
  }

  /// Both nodes' portals, for people and initiators.
  List<String> advertised(boolean peerFirst) {
    String own = portal().advertised().toString();
    String other = peer.portal().toString();
    return peerFirst ? List.of(other, own) : List.of(own, other);
  }

  /// Where node 0 listens for node 1, for a mirror.
  HostPort link(MirrorPart mirror) {
    return new HostPort(peer.addresses.getFirst(), mirror.port);
  }
}
