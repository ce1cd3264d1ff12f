package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.lockstep.block.disk.LocalDisk;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Requests.MirrorCommand;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// How two daemons start, meet, serve, switch and end, asked over their control sockets.
@Timeout(120)
@Tag("shell")
final class DaemonTest {
  private final Path directory;
  private final TwoDaemons pair;

  DaemonTest(@TempDir Path directory) throws IOException, ConfigFile.ConfigException {
    this.directory = directory;
    this.pair = new TwoDaemons(directory);
  }

  @AfterEach
  void stop() {
    pair.close();
  }

  private static String refusal(DaemonConfig config) {
    return String.valueOf(
        catchThrowableOfType(StartException.class, () -> Daemon.start(config)).getMessage());
  }

  @Test
  void diskThatIsNotBlankIsNotLaidOut() throws Exception {
    Path foreign = directory.resolve("foreign");
    assertThat(LocalDisk.create(foreign, TwoDaemons.DISK_BYTES)).isEmpty();
    try (var file = Files.newByteChannel(foreign, StandardOpenOption.WRITE)) {
      file.position(1080).write(StandardCharsets.UTF_8.encode("ext4"));
    }
    byte[] before = Files.readAllBytes(foreign);

    Optional<String> sentence = init(pair.config(0, foreign, "127.0.0.1:0"));

    assertThat(sentence).hasValueSatisfying(text -> assertThat(text).contains("is not blank"));
    assertThat(Files.readAllBytes(foreign)).isEqualTo(before);
    assertThat(init(pair.config(0))).isPresent();
  }

  private Optional<String> init(DaemonConfig config) {
    return DiskInit.run(config, config.mirrors().getFirst(), pair.identity, _ -> {}, true);
  }

  @Test
  void diskThatIsNotOursIsRefusedAtTheStart() throws Exception {
    Path foreign = directory.resolve("foreign");
    Files.write(foreign, new byte[(int) TwoDaemons.DISK_BYTES]);

    assertThat(refusal(pair.config(0, foreign, "127.0.0.1:0"))).contains(foreign.toString());
  }

  @Test
  void diskOfTheOtherNodeIsRefused() throws Exception {
    assertThat(refusal(pair.config(0, pair.disk(1), "127.0.0.1:0"))).contains("node id 1");
  }

  /// Two volumes would have one name for hosts.
  @Test
  void aCopyOfAMirrorsDiskIsNotTakenForAnotherMirrors() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("two"));
    var two = new TwoDaemons(folder, 2);
    Path more = two.config(0).mirrors().getLast().disk();
    Files.copy(two.disk(0), more, StandardCopyOption.REPLACE_EXISTING);

    assertThat(refusal(two.config(0)))
        .contains(more.toString())
        .contains("short name of another mirror, " + two.identity.pairName());
  }

  @Test
  void diskHeldByAnotherDaemonIsRefused() throws Exception {
    pair.start(1);

    assertThat(refusal(pair.config(1))).contains(pair.disk(1).toString());
    assertThat(pair.client(1).status().reportedBy()).isEqualTo("b");
  }

  @Test
  void portInUseIsSaid() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String portal = "127.0.0.1:" + taken.getLocalPort();

      assertThat(refusal(pair.config(1, pair.disk(1), portal))).contains(portal).contains("in use");
    }
    pair.start(1);
    assertThat(pair.client(1).status().reportedBy()).isEqualTo("b");
  }

  /// It has its mirror by then, and no way to the other node.
  @Test
  void aStartThatIsRefusedHalfWayGivesBackAllThatItHad() throws Exception {
    int port = pair.config(0).peer().port();
    try (var taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(taken.isBound()).isTrue();
      assertThat(refusal(pair.config(0))).contains("control connection").contains("in use");
    }
    pair.start(0);
    assertThat(pair.client(0).status().reportedBy()).isEqualTo("a");
  }

  @Test
  void aloneANodeWaitsForAPerson() throws Exception {
    pair.start(0);

    PairStatus status = pair.client(0).status();

    assertThat(TwoDaemons.side(status, "a").role()).isEqualTo("Secondary");
    assertThat(TwoDaemons.node(status, "b").state()).isEqualTo(NodeStatus.UNKNOWN);
    assertThat(status.alerts())
        .filteredOn(alert -> alert.code().equals("no-primary"))
        .singleElement()
        .satisfies(
            alert -> {
              assertThat(alert.what()).startsWith("Node a cannot see node b,");
              assertThat(alert.action()).contains("promoting node a would split the data");
            });
    assertThat(status.mirrors())
        .as("called as in the configuration")
        .extracting("name")
        .containsExactly("disks");
    ControlException refused =
        catchThrowableOfType(
            ControlException.class, () -> pair.client(0).createVolume("vm1", 8 << 20));
    assertThat(refused.problem().status()).isEqualTo(503);
    assertThat(refused.problem().action()).contains("two that serve split the data");
    assertThat(pair.client(0).mirrorCommand(Requests.PROMOTE, MirrorCommand.at(null)).message())
        .contains("Primary");
    pair.await(0, now -> TwoDaemons.mirror(now).group() != null);
    assertThat(pair.client(0).createVolume("vm1", 8 << 20).sizeBytes()).isEqualTo(8 << 20);
  }

  @Test
  void pairMeetsSyncsServesAndSwitches() throws Exception {
    pair.start(0);
    pair.start(1);
    pair.await(0, TwoDaemons::inSync);

    pair.client(1).createVolume("vm1", 8 << 20);
    var export = pair.client(1).createExport("vm1", List.of());
    PairStatus other = pair.await(1, status -> !status.exports().isEmpty());
    assertThat(other.volumes()).extracting("iqn").containsExactly(export.iqn());
    assertThat(TwoDaemons.dataOffset(other, "a")).isEqualTo(TwoDaemons.dataOffset(other, "b"));

    pair.client(0).mirrorCommand(Requests.PROMOTE, MirrorCommand.at("b"));
    PairStatus switched =
        pair.await(
            1,
            now ->
                TwoDaemons.side(now, "b").role().equals("Primary")
                    && TwoDaemons.mirror(now).group() != null);
    assertThat(switched.exports()).extracting("iqn").containsExactly(export.iqn());
    assertThat(pair.client(1).connect("vm1").portals())
        .as("the Primary's first")
        .containsExactly(TwoDaemons.PORTAL, TwoDaemons.PEER_PORTAL);
    pair.await(0, now -> TwoDaemons.side(now, "a").role().equals("Secondary"));
    pair.client(0).deleteExport("vm1");
    pair.client(0).deleteVolume("vm1");
    assertThat(pair.client(1).volumes()).isEmpty();
  }

  @Test
  void volumesInOneTargetAreOfferedByEitherNode() throws Exception {
    pair.startPair(FreePorts.one());
    for (String name : List.of("vm1", "vm2")) {
      pair.client(0).createVolume(name, 4 << 20);
      var request = new Requests.CreateExport(name, List.of(), "box", null, null, null);
      pair.client(1).createExport(request);
    }
    PairStatus before = pair.await(1, status -> status.exports().size() == 2);
    assertThat(before.exports()).extracting("volume", "lun").contains(tuple("vm2", 1));
    assertThat(before.exports())
        .extracting("iqn")
        .hasSize(2)
        .allMatch(before.exports().getFirst().iqn()::equals);

    pair.client(0).mirrorCommand(Requests.PROMOTE, MirrorCommand.at("b"));
    PairStatus after = pair.await(1, status -> TwoDaemons.inSync(status, "b"));
    assertThat(after.exports())
        .extracting("volume", "iqn", "lun")
        .containsExactlyElementsOf(
            before.exports().stream()
                .map(one -> tuple(one.volume(), one.iqn(), one.lun()))
                .toList());
  }

  @Test
  void volumesAndExportsSurviveARestartOfBoth() throws Exception {
    pair.start(0);
    pair.start(1);
    pair.await(0, TwoDaemons::inSync);
    pair.client(0).createVolume("vm1", 8 << 20);
    pair.client(0).createVolume("vm2", 4 << 20);
    String iqn = pair.client(0).createExport("vm1", List.of()).iqn();
    List<VolumeInfo> before = pair.client(0).volumes();

    pair.daemons.forEach(daemon -> assertThat(daemon.stop()).isTrue());
    pair.daemons.clear();
    pair.start(1);
    PairStatus alone = pair.await(1, now -> !now.exports().isEmpty());
    assertThat(TwoDaemons.mirror(alone).group()).isNull();
    assertThat(alone.volumes()).as("read from the local copy").isEqualTo(before);
    assertThat(alone.exports().getFirst().portals())
        .containsExactly(TwoDaemons.PORTAL, TwoDaemons.PEER_PORTAL);
    pair.start(0);

    PairStatus status = pair.await(0, now -> TwoDaemons.inSync(now, "b"));
    assertThat(status.volumes()).isEqualTo(before);
    assertThat(status.exports()).extracting("iqn").containsExactly(iqn);
    assertThat(TwoDaemons.side(status, "a").outOfSyncBytes()).isZero();
  }

  @Test
  void withoutAHandoverThePrimaryServesAgainAfterTheNextStart() throws Exception {
    pair.startPair(FreePorts.one());
    var wanted = new CompletableFuture<Boolean>();
    Daemon first = pair.daemons.removeFirst();
    first.onStopWanted(() -> wanted.complete(true));

    assertThat(pair.client(0).stopNode(false).message()).isEqualTo("Node a is ending.");
    assertThat(wanted.get(30, TimeUnit.SECONDS)).isTrue();
    assertThat(first.stop()).isTrue();

    assertThat(TwoDaemons.side(pair.client(1).status(), "b").role()).isEqualTo("Secondary");
    pair.start(0);
    pair.await(0, TwoDaemons::inSync);
  }

  /// Asked of the Secondary, which passes it on.
  @Test
  void thePairGoesDownInSyncAndComesBackAsItWas() throws Exception {
    pair.startPair(FreePorts.one());
    pair.client(0).createVolume("vm1", 8 << 20);
    long term = TwoDaemons.side(pair.client(0).status(), "a").history().term();
    var ended = new CompletableFuture<?>[2];
    for (int nodeId = 0; nodeId < 2; nodeId++) {
      Daemon daemon = pair.daemons.get(nodeId);
      var stopped = new CompletableFuture<Boolean>();
      ended[nodeId] = stopped;
      daemon.onStopWanted(() -> Thread.ofPlatform().start(() -> stopped.complete(daemon.stop())));
    }
    assertThat(pair.client(1).shutDownPair().message()).contains("in sync");
    for (CompletableFuture<?> each : ended) {
      assertThat(each.get(60, TimeUnit.SECONDS)).isEqualTo(true);
    }
    pair.daemons.clear();

    pair.start(1);
    pair.start(0);
    PairStatus status = pair.await(0, TwoDaemons::inSync);
    assertThat(TwoDaemons.side(status, "a").outOfSyncBytes()).isZero();
    assertThat(TwoDaemons.side(status, "a").difference().lastResyncBytesSent()).isZero();
    assertThat(TwoDaemons.side(status, "a").history().term())
        .as("one promotion, at the start")
        .isEqualTo(term + 2);
  }

  @Test
  void aNodeAloneIsNoPairToShutDown() throws Exception {
    pair.start(0);
    pair.client(0).mirrorCommand(Requests.PROMOTE, MirrorCommand.at(null));
    pair.await(0, now -> TwoDaemons.mirror(now).group() != null);
    ControlException refused =
        catchThrowableOfType(ControlException.class, () -> pair.client(0).shutDownPair());
    assertThat(refused.problem().why()).contains("not connected and in sync");
  }

  /// It may be the only one that is left.
  @Test
  void aNodeThatPromisedToFollowStaysIfTheOtherOneIsLostInAnotherWay() throws Exception {
    pair.startPair(FreePorts.one());
    var wanted = new CompletableFuture<Boolean>();
    pair.daemons.get(1).onStopWanted(() -> wanted.complete(true));
    pair.client(1).call("POST", "/v1/node/stop", Requests.StopNode.following(), Done.class);
    ControlException refused =
        catchThrowableOfType(
            ControlException.class,
            () -> pair.client(1).mirrorCommand(Requests.PROMOTE, MirrorCommand.at(null)));
    assertThat(refused.problem().why()).isEqualTo("it is shutting down");

    pair.client(0).mirrorCommand(Requests.DISCONNECT, MirrorCommand.at(null));

    pair.await(1, now -> !TwoDaemons.side(now, "b").connectionState().equals("Connected"));
    refused =
        catchThrowableOfType(
            ControlException.class,
            () -> pair.client(1).mirrorCommand(Requests.PROMOTE, MirrorCommand.at(null)));
    assertThat(refused.problem().why()).as("as any that was left behind").contains("Outdated");
    assertThat(wanted).isNotDone();
  }

  /// Each would promote the other for ever.
  @Test
  void twoThatEndTogetherDoNotPlayPingPong() throws Exception {
    pair.startPair(FreePorts.one());
    List<CompletableFuture<Boolean>> ends = new ArrayList<>();
    for (Daemon daemon : pair.daemons) {
      var end = new CompletableFuture<Boolean>();
      ends.add(end);
      Thread.ofPlatform().start(() -> end.complete(daemon.stop()));
    }
    for (CompletableFuture<Boolean> end : ends) {
      assertThat(end.get(60, TimeUnit.SECONDS)).isTrue();
    }
    pair.daemons.clear();
    pair.start(0);
    pair.start(1);
    PairStatus back =
        pair.await(0, now -> TwoDaemons.inSync(now, "a") || TwoDaemons.inSync(now, "b"));
    assertThat(TwoDaemons.side(back, "a").outOfSyncBytes()).isZero();
  }

  @Test
  void peerThatLeftIsSilentAtOnceAndComesBack() throws Exception {
    pair.start(0);
    Daemon second = pair.start(1);
    pair.await(0, TwoDaemons::inSync);

    assertThat(second.stop()).isTrue();
    pair.daemons.remove(second);
    PairStatus alone =
        pair.await(0, now -> TwoDaemons.node(now, "b").state().equals(NodeStatus.SILENT));
    assertThat(TwoDaemons.node(alone, "b").pid()).isNull();
    assertThat(alone.alerts()).extracting("code").contains("peer-away");
    pair.client(0).createVolume("vm1", 8 << 20);
    pair.start(1);

    PairStatus back = pair.await(1, TwoDaemons::inSync);
    assertThat(back.volumes()).extracting("name").containsExactly("vm1");
  }
}
