package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lockstep.block.disk.LocalDisk;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Requests.MirrorCommand;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.portal.TestInitiator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Two whole daemons in one process, on disks in files, asked over their control sockets.
@Timeout(120)
final class DaemonTest {
  private static final long DISK_BYTES = 64L << 20;
  private static final String PORTAL = "127.0.0.1:0";
  private static final String PEER_PORTAL = "127.0.0.1:1";
  private static final String HOST = "iqn.1993-08.org.debian:01:host";
  private static final String TEST_UNIT_READY = "000000000000";
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(30);

  @TempDir private Path directory = Path.of("");
  private final List<Daemon> daemons = new ArrayList<>();
  private final PairIdentity identity = PairIdentity.random(new Random(3));
  private int peerPort;

  @BeforeEach
  void layOut() throws IOException, ConfigFile.ConfigException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      peerPort = free.getLocalPort();
    }
    for (int nodeId = 0; nodeId < 2; nodeId++) {
      assertThat(LocalDisk.create(disk(nodeId), DISK_BYTES)).isEmpty();
      assertThat(DiskInit.run(config(nodeId), identity, nodeId == 0)).isEmpty();
    }
  }

  @AfterEach
  void stop() {
    daemons.forEach(Daemon::stop);
  }

  private Path disk(int nodeId) {
    return directory.resolve("disk" + nodeId);
  }

  private Path socket(int nodeId) {
    return directory.resolve(nodeId + ".sock");
  }

  private DaemonConfig config(int nodeId) throws ConfigFile.ConfigException {
    return config(nodeId, disk(nodeId), PORTAL);
  }

  private DaemonConfig config(int nodeId, Path disk, String portal)
      throws ConfigFile.ConfigException {
    String text =
        """
        node.name = %s
        node.id = %d
        disk.path = %s
        control.socket = %s
        portal.listen = %s
        peer.name = %s
        peer.address = 127.0.0.1:%d
        peer.portal = %s
        """
            .formatted(
                nodeId == 0 ? "a" : "b",
                nodeId,
                disk,
                socket(nodeId),
                portal,
                nodeId == 0 ? "b" : "a",
                peerPort,
                PEER_PORTAL);
    return ConfigFile.parse(Path.of("test.conf"), text.lines().toList());
  }

  private Daemon start(int nodeId) throws ConfigFile.ConfigException, Daemon.StartException {
    Daemon daemon = Daemon.start(config(nodeId));
    daemons.add(daemon);
    return daemon;
  }

  /// A free port of this machine.
  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  /// A pair in sync whose second node has its portal at `portalPort`.
  private void startPair(int portalPort) throws Exception {
    start(0);
    daemons.add(Daemon.start(config(1, disk(1), "127.0.0.1:" + portalPort)));
    await(0, DaemonTest::inSync);
  }

  /// Logs in while the answer is "try again" (03/01), as open-iscsi does.
  ///
  /// @return an initiator that was given the answer `wanted`
  private static TestInitiator logIn(int port, String iqn, int wanted) {
    long start = System.nanoTime();
    while (true) {
      var initiator = new TestInitiator(port);
      int answer = initiator.login(HOST, 1, iqn).status();
      if (answer == wanted) {
        return initiator;
      }
      initiator.close();
      assertThat(answer).isEqualTo(0x0301);
      assertThat(System.nanoTime() - start).as("in time").isLessThan(WAIT_NANOS);
    }
  }

  /// READ CAPACITY(10) at a standby, in bytes, once the unit attentions are through.
  private static long size(TestInitiator session, long wanted) {
    long start = System.nanoTime();
    long bytes = 0;
    for (int tag = 1; bytes != wanted; tag++) {
      assertThat(System.nanoTime() - start).as("in time: %d", bytes).isLessThan(WAIT_NANOS);
      var answer = session.ask(tag, "25000000000000000000", 8);
      if (answer.opcode() == Opcode.DATA_IN) {
        bytes = (answer.data().getInt() + 1L) * answer.data().getInt();
      }
    }
    return bytes;
  }

  private ControlClient client(int nodeId) {
    return new ControlClient(socket(nodeId), "tester");
  }

  private PairStatus await(int nodeId, Predicate<PairStatus> condition) throws ControlException {
    long start = System.nanoTime();
    PairStatus status = client(nodeId).status();
    while (!condition.test(status)) {
      assertThat(System.nanoTime() - start).as("in time: %s", status).isLessThan(WAIT_NANOS);
      LockSupport.parkNanos(20_000_000);
      status = client(nodeId).status();
    }
    return status;
  }

  private static NodeStatus node(PairStatus status, String name) {
    return status.nodes().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  private static boolean inSync(PairStatus status) {
    return inSync(status, "a");
  }

  private static boolean inSync(PairStatus status, String primary) {
    return node(status, primary).role().equals("Primary")
        && status.group() != null
        && status.nodes().stream().allMatch(one -> one.diskState().equals("UpToDate"))
        && status.nodes().stream().allMatch(one -> one.connectionState().equals("Connected"));
  }

  private static String refusal(DaemonConfig config) {
    return String.valueOf(
        catchThrowableOfType(Daemon.StartException.class, () -> Daemon.start(config)).getMessage());
  }

  @Test
  void diskThatIsNotBlankIsNotLaidOut() throws Exception {
    Path foreign = directory.resolve("foreign");
    assertThat(LocalDisk.create(foreign, DISK_BYTES)).isEmpty();
    try (var file = Files.newByteChannel(foreign, StandardOpenOption.WRITE)) {
      file.position(1080).write(StandardCharsets.UTF_8.encode("ext4"));
    }
    byte[] before = Files.readAllBytes(foreign);

    Optional<String> sentence = DiskInit.run(config(0, foreign, "127.0.0.1:0"), identity, true);

    assertThat(sentence).hasValueSatisfying(text -> assertThat(text).contains("is not blank"));
    assertThat(Files.readAllBytes(foreign)).isEqualTo(before);
    assertThat(DiskInit.run(config(0), identity, true)).isPresent();
  }

  @Test
  void diskThatIsNotOursIsRefusedAtTheStart() throws Exception {
    Path foreign = directory.resolve("foreign");
    Files.write(foreign, new byte[(int) DISK_BYTES]);

    assertThat(refusal(config(0, foreign, "127.0.0.1:0"))).contains(foreign.toString());
  }

  @Test
  void diskOfTheOtherNodeIsRefused() throws Exception {
    assertThat(refusal(config(0, disk(1), "127.0.0.1:0"))).contains("node id 1");
  }

  @Test
  void diskHeldByAnotherDaemonIsRefused() throws Exception {
    start(1);

    assertThat(refusal(config(1))).contains(disk(1).toString());
    assertThat(client(1).status().reportedBy()).isEqualTo("b");
  }

  @Test
  void portInUseIsSaid() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String portal = "127.0.0.1:" + taken.getLocalPort();

      assertThat(refusal(config(1, disk(1), portal))).contains(portal).contains("in use");
    }
    start(1);
    assertThat(client(1).status().reportedBy()).isEqualTo("b");
  }

  @Test
  void aloneANodeWaitsForAPerson() throws Exception {
    start(0);

    PairStatus status = client(0).status();

    assertThat(node(status, "a").role()).isEqualTo("Secondary");
    assertThat(node(status, "b").state()).isEqualTo(NodeStatus.UNKNOWN);
    assertThat(status.alerts()).extracting("code").contains("no-primary");
    ControlException refused =
        catchThrowableOfType(ControlException.class, () -> client(0).createVolume("vm1", 8 << 20));
    assertThat(refused.problem().status()).isEqualTo(503);
    assertThat(client(0).mirrorCommand("promote", MirrorCommand.at(null)).message())
        .contains("Primary");
    await(0, now -> now.group() != null);
    assertThat(client(0).createVolume("vm1", 8 << 20).sizeBytes()).isEqualTo(8 << 20);
  }

  @Test
  void pairMeetsSyncsServesAndSwitches() throws Exception {
    start(0);
    start(1);
    await(0, DaemonTest::inSync);

    client(1).createVolume("vm1", 8 << 20);
    var export = client(1).createExport("vm1", List.of());
    PairStatus other = await(1, status -> !status.exports().isEmpty());
    assertThat(other.volumes()).extracting("iqn").containsExactly(export.iqn());
    assertThat(node(other, "a").dataOffset()).isEqualTo(node(other, "b").dataOffset());

    client(0).mirrorCommand("promote", MirrorCommand.at("b"));
    PairStatus switched =
        await(1, now -> node(now, "b").role().equals("Primary") && now.group() != null);
    assertThat(switched.exports()).extracting("iqn").containsExactly(export.iqn());
    assertThat(client(1).connect("vm1").portals())
        .as("the Primary's first")
        .containsExactly(PORTAL, PEER_PORTAL);
    await(0, now -> node(now, "a").role().equals("Secondary"));
    client(0).deleteExport("vm1");
    client(0).deleteVolume("vm1");
    assertThat(client(1).volumes()).isEmpty();
  }

  @Test
  void volumesAndExportsSurviveARestartOfBoth() throws Exception {
    start(0);
    start(1);
    await(0, DaemonTest::inSync);
    client(0).createVolume("vm1", 8 << 20);
    client(0).createVolume("vm2", 4 << 20);
    String iqn = client(0).createExport("vm1", List.of()).iqn();
    List<VolumeInfo> before = client(0).volumes();

    daemons.forEach(daemon -> assertThat(daemon.stop()).isTrue());
    daemons.clear();
    start(1);
    PairStatus alone = await(1, now -> !now.exports().isEmpty());
    assertThat(alone.group()).isNull();
    assertThat(alone.volumes()).as("read from the local copy").isEqualTo(before);
    assertThat(alone.exports().getFirst().portals()).containsExactly(PORTAL, PEER_PORTAL);
    start(0);

    PairStatus status = await(0, now -> inSync(now, "b"));
    assertThat(status.volumes()).isEqualTo(before);
    assertThat(status.exports()).extracting("iqn").containsExactly(iqn);
    assertThat(node(status, "a").outOfSyncBytes()).isZero();
  }

  /// 02/03 ends open-iscsi's login for good; and a disk of 0 blocks stays one.
  @Test
  void theOtherPortalNeverDeniesAnExportThatWasJustMadeAndKnowsItsSize() throws Exception {
    int port = freePort();
    startPair(port);
    for (int number = 0; number < 3; number++) {
      client(0).createVolume("vm" + number, 8 << 20);
      String iqn = client(0).createExport("vm" + number, List.of()).iqn();
      try (TestInitiator session = logIn(port, iqn, 0x0000)) {
        assertThat(size(session, 8 << 20)).isEqualTo(8 << 20);
        client(0).resizeVolume("vm" + number, 16 << 20, false);
        assertThat(size(session, 16 << 20)).isEqualTo(16 << 20);
      }
    }
    logIn(port, "iqn.2026-11.org.example:nothing", 0x0203).close();
  }

  @Test
  void aPrimaryThatEndsGoesOnlyWhenTheOtherNodeServes() throws Exception {
    int port = freePort();
    startPair(port);
    client(0).createVolume("vm1", 8 << 20);
    String iqn = client(0).createExport("vm1", List.of()).iqn();
    long term = node(client(0).status(), "a").term();
    try (TestInitiator session = logIn(port, iqn, 0x0000)) {
      assertThat(size(session, 8 << 20)).isEqualTo(8 << 20);

      assertThat(daemons.removeFirst().stop()).isTrue();

      PairStatus after = client(1).status();
      assertThat(node(after, "b").role()).isEqualTo("Primary");
      assertThat(node(after, "b").term()).isGreaterThan(term);
      assertThat(after.group()).as("its volumes are open").isNotNull();
      assertThat(session.ask(101, TEST_UNIT_READY, 0).sense()).isEqualTo("062A06");
      assertThat(session.ask(102, TEST_UNIT_READY, 0).sense()).isEqualTo("062A09");
      assertThat(session.ask(103, TEST_UNIT_READY, 0).sense()).isEmpty();
    }
    start(0);
    await(0, now -> inSync(now, "b"));
  }

  @Test
  void withoutAHandoverThePrimaryServesAgainAfterTheNextStart() throws Exception {
    startPair(freePort());
    var wanted = new CompletableFuture<Boolean>();
    Daemon first = daemons.removeFirst();
    first.onStopWanted(() -> wanted.complete(true));

    assertThat(client(0).stopNode(false).message()).isEqualTo("Node a is ending.");
    assertThat(wanted.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(first.stop()).isTrue();

    assertThat(node(client(1).status(), "b").role()).isEqualTo("Secondary");
    start(0);
    await(0, DaemonTest::inSync);
  }

  /// Asked of the Secondary, which passes it on.
  @Test
  void thePairGoesDownInSyncAndComesBackAsItWas() throws Exception {
    startPair(freePort());
    client(0).createVolume("vm1", 8 << 20);
    long term = node(client(0).status(), "a").term();
    var ended = new CompletableFuture<?>[2];
    for (int nodeId = 0; nodeId < 2; nodeId++) {
      Daemon daemon = daemons.get(nodeId);
      var stopped = new CompletableFuture<Boolean>();
      ended[nodeId] = stopped;
      daemon.onStopWanted(() -> Thread.ofVirtual().start(() -> stopped.complete(daemon.stop())));
    }
    assertThat(client(1).shutDownPair().message()).contains("in sync");
    for (CompletableFuture<?> each : ended) {
      assertThat(each.get(60, TimeUnit.SECONDS)).isEqualTo(true);
    }
    daemons.clear();

    start(1);
    start(0);
    PairStatus status = await(0, DaemonTest::inSync);
    assertThat(node(status, "a").outOfSyncBytes()).isZero();
    assertThat(node(status, "a").lastResyncBytesSent()).isZero();
    assertThat(node(status, "a").term()).as("one promotion, at the start").isEqualTo(term + 2);
  }

  @Test
  void aNodeAloneIsNoPairToShutDown() throws Exception {
    start(0);
    client(0).mirrorCommand("promote", MirrorCommand.at(null));
    await(0, now -> now.group() != null);
    ControlException refused =
        catchThrowableOfType(ControlException.class, () -> client(0).shutDownPair());
    assertThat(refused.problem().why()).contains("not connected and in sync");
  }

  /// It may be the only one that is left.
  @Test
  void aNodeThatPromisedToFollowStaysIfTheOtherOneIsLostInAnotherWay() throws Exception {
    startPair(freePort());
    var wanted = new CompletableFuture<Boolean>();
    daemons.get(1).onStopWanted(() -> wanted.complete(true));
    client(1).call("POST", "/v1/node/stop", Requests.StopNode.following(), Done.class);
    ControlException refused =
        catchThrowableOfType(
            ControlException.class,
            () -> client(1).mirrorCommand("promote", MirrorCommand.at(null)));
    assertThat(refused.problem().why()).isEqualTo("it is shutting down");

    client(0).mirrorCommand("disconnect", MirrorCommand.at(null));

    await(1, now -> !node(now, "b").connectionState().equals("Connected"));
    refused =
        catchThrowableOfType(
            ControlException.class,
            () -> client(1).mirrorCommand("promote", MirrorCommand.at(null)));
    assertThat(refused.problem().why()).as("as any that was left behind").contains("Outdated");
    assertThat(wanted).isNotDone();
  }

  /// Each would promote the other for ever.
  @Test
  void twoThatEndTogetherDoNotPlayPingPong() throws Exception {
    startPair(freePort());
    List<CompletableFuture<Boolean>> ends = new ArrayList<>();
    for (Daemon daemon : daemons) {
      var end = new CompletableFuture<Boolean>();
      ends.add(end);
      Thread.ofVirtual().start(() -> end.complete(daemon.stop()));
    }
    for (CompletableFuture<Boolean> end : ends) {
      assertThat(end.get(60, TimeUnit.SECONDS)).isTrue();
    }
    daemons.clear();
    start(0);
    start(1);
    PairStatus back = await(0, now -> inSync(now, "a") || inSync(now, "b"));
    assertThat(node(back, "a").outOfSyncBytes()).isZero();
  }

  @Test
  void peerThatLeftIsSilentAtOnceAndComesBack() throws Exception {
    start(0);
    Daemon second = start(1);
    await(0, DaemonTest::inSync);

    assertThat(second.stop()).isTrue();
    daemons.remove(second);
    PairStatus alone = await(0, now -> node(now, "b").state().equals(NodeStatus.SILENT));
    assertThat(node(alone, "b").pid()).isNull();
    assertThat(alone.alerts()).extracting("code").contains("peer-away");
    client(0).createVolume("vm1", 8 << 20);
    start(1);

    PairStatus back = await(1, DaemonTest::inSync);
    assertThat(back.volumes()).extracting("name").containsExactly("vm1");
  }
}
