package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.disk.LocalDisk;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/// Two whole daemons in one process, on disks in files, asked over their control sockets.
final class TwoDaemons implements AutoCloseable {
  static final long DISK_BYTES = 64L << 20;
  static final String PORTAL = ConfigText.ANY_PORTAL;
  static final String PEER_PORTAL = "127.0.0.1:1";
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Path directory;
  private final int[] mirrorCounts;
  private final String[] sections = {"", ""};
  final List<Daemon> daemons = new ArrayList<>();
  final PairIdentity identity = PairIdentity.random(new Random(3));
  private final int peerPort;
  private final int morePort;
  private final int controlPort;

  /// Lays out both disks in a folder.
  TwoDaemons(Path directory) throws IOException, ConfigFile.ConfigException {
    this(directory, 1);
  }

  /// Lays out the disks of one mirror, or of two.
  TwoDaemons(Path directory, int mirrorCount) throws IOException, ConfigFile.ConfigException {
    this(directory, mirrorCount, DISK_BYTES);
  }

  /// Lays out the disks of one mirror, of another size.
  static TwoDaemons sized(Path directory, long diskBytes)
      throws IOException, ConfigFile.ConfigException {
    return new TwoDaemons(directory, 1, diskBytes);
  }

  private TwoDaemons(Path directory, int mirrorCount, long diskBytes)
      throws IOException, ConfigFile.ConfigException {
    this.directory = directory;
    this.mirrorCounts = new int[] {mirrorCount, mirrorCount};
    peerPort = FreePorts.one();
    morePort = FreePorts.one();
    controlPort = FreePorts.one();
    for (int nodeId = 0; nodeId < 2; nodeId++) {
      DaemonConfig config = config(nodeId);
      for (DaemonConfig.MirrorPart mirror : config.mirrors()) {
        assertThat(LocalDisk.create(mirror.disk(), diskBytes)).isEmpty();
        PairIdentity own =
            mirror.name().equals("disks") ? identity : identity.further(2, new Random(4));
        assertThat(DiskInit.run(config, mirror, own, _ -> {}, nodeId == 0)).isEmpty();
      }
    }
  }

  @Override
  public void close() {
    daemons.forEach(Daemon::stop);
  }

  Path disk(int nodeId) {
    return directory.resolve("disk" + nodeId);
  }

  /// The disk of the second mirror.
  Path moreDisk(int nodeId) {
    return directory.resolve("more" + nodeId);
  }

  /// From its next start on, a node's configuration has this section too.
  void addSection(int nodeId, String yaml) {
    sections[nodeId] += yaml + "\n";
  }

  /// From now on a node's configuration has the second mirror too, with a blank disk.
  void addMirror(int nodeId) {
    mirrorCounts[nodeId] = 2;
    assertThat(LocalDisk.create(moreDisk(nodeId), DISK_BYTES)).isEmpty();
  }

  Path socket(int nodeId) {
    return directory.resolve(nodeId + ".sock");
  }

  DaemonConfig config(int nodeId) throws ConfigFile.ConfigException {
    return config(nodeId, disk(nodeId), PORTAL);
  }

  DaemonConfig config(int nodeId, Path disk, String portal) throws ConfigFile.ConfigException {
    ConfigText text =
        new ConfigText(nodeId, socket(nodeId))
            .mirror("disks", peerPort, disk)
            .portals(portal, PEER_PORTAL)
            .peerAddresses("127.0.0.1", "127.0.0.2")
            .peerPort(controlPort);
    if (mirrorCounts[nodeId] > 1) {
      text.mirror("more", morePort, moreDisk(nodeId));
    }
    return ConfigFile.parse(Path.of("test.yaml"), text.text() + sections[nodeId]);
  }

  Daemon start(int nodeId) throws ConfigFile.ConfigException, StartException {
    Daemon daemon = Daemon.start(config(nodeId));
    daemons.add(daemon);
    return daemon;
  }

  /// A pair in sync whose second node has its portal at `portalPort`.
  void startPair(int portalPort) throws Exception {
    start(0);
    daemons.add(Daemon.start(config(1, disk(1), "127.0.0.1:" + portalPort)));
    await(0, TwoDaemons::inSync);
  }

  ControlClient client(int nodeId) {
    return new ControlClient(socket(nodeId), "tester");
  }

  PairStatus await(int nodeId, Predicate<PairStatus> condition) throws ControlException {
    long start = System.nanoTime();
    PairStatus status = client(nodeId).status();
    while (!condition.test(status)) {
      assertThat(System.nanoTime() - start).as("in time: %s", status).isLessThan(WAIT_NANOS);
      LockSupport.parkNanos(20_000_000);
      status = client(nodeId).status();
    }
    return status;
  }

  static NodeStatus node(PairStatus status, String name) {
    return status.node(name).orElseThrow();
  }

  /// The one mirror of the pair.
  static MirrorSides mirror(PairStatus status) {
    return status.mirrors().getFirst();
  }

  static SideStatus side(PairStatus status, String node) {
    return mirror(status).side(node).orElseThrow();
  }

  /// Where the PV begins on the disk of a node.
  static long dataOffset(PairStatus status, String node) {
    return side(status, node).copy().disks().getFirst().dataOffset();
  }

  static boolean inSync(PairStatus status) {
    return inSync(status, "a");
  }

  static boolean inSync(PairStatus status, String primary) {
    return side(status, primary).serves()
        && mirror(status).group() != null
        && mirror(status).sides().stream().allMatch(TwoDaemons::isWhole);
  }

  static boolean isWhole(SideStatus side) {
    return side.diskState().equals("UpToDate") && side.connectionState().equals("Connected");
  }
}
