package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.ServedNode;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Every command against nodes at real sockets in a demo's directory: what it prints, where, and
/// its exit status.
@Timeout(60)
@Tag("shell")
final class CommandLineTest {
  @TempDir private Path directory = Path.of("");
  private final List<ServedNode> nodes = new ArrayList<>();

  @BeforeEach
  void start() throws java.io.IOException {
    for (String name : DemoLayout.NODES) {
      DemoLayout layout = new DemoLayout(directory);
      Files.createDirectories(layout.node(name));
      nodes.add(new ServedNode(layout.controlSocket(name), name, name.equals("a"), LoopKind.EPOLL));
    }
  }

  @AfterEach
  void stop() {
    nodes.forEach(ServedNode::close);
  }

  private record Outcome(int status, String out, String err) {}

  private Outcome run(String... words) {
    List<String> arguments = new ArrayList<>(List.of(words));
    arguments.addAll(List.of("--dir", directory.toString()));
    return runAsIs(arguments.toArray(String[]::new));
  }

  private static Outcome runAsIs(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Main.run(words, new PrintWriter(out), new PrintWriter(err));
    return new Outcome(status, out.toString(), err.toString());
  }

  @Test
  void refusalIsOneLineOnStandardErrorAndStatusOne() {
    run("volume", "create", "vm1", "--size", "256M");

    Outcome again = run("volume", "create", "vm1", "--size", "256M");

    assertThat(again)
        .isEqualTo(
            new Outcome(
                1, "", "Volume vm1 was not created: there is one already; take another name.\n"));
  }

  @Test
  void unknownOptionIsUsage() {
    Outcome outcome = run("status", "--frobnicate");

    assertThat(outcome.status).isEqualTo(2);
    assertThat(outcome.out).isEmpty();
    assertThat(outcome.err)
        .contains("--frobnicate")
        .contains("lockstep status --help")
        .hasLineCount(1);
  }

  @Test
  void groupWithoutItsCommandIsUsage() {
    assertThat(runAsIs("volume").status).isEqualTo(2);
  }

  @Test
  void badSizeIsUsageAndSaysHowToWriteOne() {
    Outcome outcome = run("volume", "create", "vm1", "--size", "20X");

    assertThat(outcome.status).isEqualTo(2);
    assertThat(outcome.err).contains("20X is not a size").contains("20G");
    assertThat(run("volume", "list").out).contains("No volumes.");
  }

  @Test
  void deadDaemonsAreSaidInOneLine() {
    Outcome outcome = runAsIs("status", "--dir", directory.resolve("none").toString());

    assertThat(outcome.status).isEqualTo(1);
    assertThat(outcome.err).contains("there is no control socket").hasLineCount(1);
  }

  @Test
  void mirrorEventsAreThoseOfBothNodesInTheOrderOfTime() {
    assertThat(run("mirror", "events").out).contains("Nothing has happened");
    nodes.get(0).happens("Primary", "Secondary", 1_000);
    nodes.get(1).happens("Secondary", "Primary", 2_000);

    assertThat(run("mirror", "events").out.lines())
        .satisfiesExactly(
            head -> assertThat(head).startsWith("WHEN"),
            first ->
                assertThat(first)
                    .contains("1970-01-01T00:00:01", " a ", "role Primary -> Secondary", "a test"),
            second -> assertThat(second).contains(" b ", "role Secondary -> Primary"));
    assertThat(run("mirror", "events", "--mirror", "other").out).contains("Nothing has happened");
    JsonNode json = JsonMapper.shared().readTree(run("mirror", "events", "-o", "json").out);
    assertThat(json.get(1).get("to").asString()).isEqualTo("Primary");
  }

  @Test
  void mirrorEventsAreFollowedUntilTheCommandIsEnded() throws Exception {
    nodes.get(0).happens("Primary", "Secondary", 1_000);
    var lines = new LinkedBlockingQueue<String>();
    Thread following = Thread.ofPlatform().start(() -> follow(lines));
    assertThat(toldAtMillis(lines)).isEqualTo(1_000);
    nodes.get(1).happens("Secondary", "Primary", 2_000);
    assertThat(toldAtMillis(lines)).isEqualTo(2_000);
    nodes.get(0).happens("Secondary", "Primary", 3_000);
    assertThat(toldAtMillis(lines)).isEqualTo(3_000);
    following.interrupt();
    following.join();

    assertThat(lines).as("none twice").isEmpty();
  }

  private void follow(BlockingQueue<String> lines) {
    var out =
        new PrintWriter(new StringWriter()) {
          @Override
          public void println(@Nullable String line) {
            lines.add(String.valueOf(line));
          }
        };
    String[] words = {"mirror", "events", "--follow", "-o", "json", "--dir", directory.toString()};
    Main.run(words, out, out);
  }

  /// Of the next line, which is JSON by itself.
  private static long toldAtMillis(BlockingQueue<String> lines) throws InterruptedException {
    String line = lines.poll(30, TimeUnit.SECONDS);
    assertThat(line).isNotNull();
    return JsonMapper.shared().readTree(line).get("atMillis").asLong();
  }

  @Test
  void statusShowsBothNodesAsTheySeeThemselves() {
    Outcome outcome = run("status");

    assertThat(outcome.status).isZero();
    assertThat(outcome.out)
        .contains("Pair k7x2ma")
        .containsPattern("a +running +127.0.0.1:3260 +100")
        .containsPattern("b +running +127.0.0.1:3261 +100")
        .containsPattern("k7x2ma +a +Primary +UpToDate +Connected +0 B\n")
        .containsPattern("k7x2ma +b +Secondary +UpToDate +Connected +0 B\n")
        .contains("warning: b is old. Connect it. (since 2026-11-20T08:00:00Z)")
        .contains("512 MiB of 1 GiB free")
        .contains("iqn.x:host")
        .contains("Console http://127.0.0.1:8080/");
  }

  @Test
  void statusAsJsonHasTheNamesThatScriptsRelyOn() {
    Outcome outcome = run("status", "-o", "json");

    assertThat(outcome.out)
        .contains("\"reportedBy\" : \"a\"")
        .contains("\"url\" : \"http://127.0.0.1:8080/\"");
    JsonNode status = JsonMapper.shared().readTree(outcome.out);
    JsonNode node = status.at("/nodes/0");
    assertThat(node.propertyNames()).contains("name", "pid", "state", "portals", "alerts");
    assertThat(node.at("/name").asString()).isEqualTo("a");
    assertThat(node.at("/pid").asInt()).isEqualTo(100);
    assertThat(node.at("/state").asString()).isEqualTo("running");
    assertThat(node.at("/portals/0").asString()).isEqualTo("127.0.0.1:3260");
    JsonNode mirror = status.at("/mirrors/0");
    assertThat(mirror.at("/name").asString()).isEqualTo("k7x2ma");
    assertThat(mirror.at("/primary").asString()).isEqualTo("a");
    JsonNode side = mirror.at("/sides/1");
    assertThat(side.propertyNames()).contains("resync", "term", "generation", "reason");
    assertThat(side.at("/node").asString()).isEqualTo("b");
    assertThat(side.at("/role").asString()).isEqualTo("Secondary");
    assertThat(side.at("/diskState").asString()).isEqualTo("UpToDate");
    assertThat(side.at("/connectionState").asString()).isEqualTo("Connected");
    assertThat(side.at("/outOfSyncBytes").asInt(-1)).isZero();
    assertThat(side.at("/disks/0/path").asString()).isEqualTo("/disks/b");
    assertThat(side.at("/disks/0/dataOffset").asLong()).isEqualTo(11_534_336);
    assertThat(side.at("/disks/0/dataBytes").asLong()).isEqualTo(1_062_207_488);
  }

  @Test
  void aMirrorOfAnotherNameIsRefused() {
    assertThat(run("mirror", "status", "--mirror", "k7x2ma").out).contains("Secondary");
    assertThat(run("mirror", "show", "--mirror", "k7x2ma").out).contains("losetup");
    assertThat(run("mirror", "promote", "--node", "b", "--mirror", "k7x2ma").out)
        .isEqualTo("PROMOTE at b\n");
    for (List<String> words :
        List.of(
            List.of("mirror", "promote", "--node", "a"),
            List.of("mirror", "connect"),
            List.of("mirror", "status"),
            List.of("mirror", "show"))) {
      var named = new ArrayList<>(words);
      named.addAll(List.of("--mirror", "other"));
      Outcome refused = run(named.toArray(String[]::new));
      assertThat(refused.status).isEqualTo(1);
      assertThat(refused.err)
          .contains("this pair has no mirror \"other\"", "`lockstep status` shows the mirrors")
          .hasLineCount(1);
    }
  }

  @Test
  void deadNodeIsShownAsNotRunning() {
    nodes.removeLast().close();

    assertThat(run("status").out)
        .containsPattern("b +not running, heard 0 s ago +127.0.0.1:3261 +-")
        .containsPattern("k7x2ma +b +Unknown +DUnknown +Unknown +-\n");
    assertThat(run("status", "-o", "json").out)
        .contains("\"state\" : \"not running\"")
        .contains("\"outOfSyncBytes\" : null")
        .contains("\"pid\" : null");
  }

  /// It hung for 130 s, and called the node "not running".
  @Test
  void aNodeThatSaysNothingIsShownAsThatAndHoldsNothingUp() throws java.io.IOException {
    ServedNode gone = nodes.removeLast();
    gone.close();
    Path socket = gone.socket();
    Files.deleteIfExists(socket);
    try (ServerSocketChannel frozen = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      frozen.bind(UnixDomainSocketAddress.of(socket));
      assertThat(run("status").out)
          .containsPattern("a +running")
          .containsPattern("b +no answer, heard 0 s ago")
          .contains("warning: Node b does not answer at its control socket")
          .contains("Who is logged in at node b is not known.");
      assertThat(run("session", "list").out).contains("Who is logged in at node b is not known.");
      assertThat(run("volume", "create", "vm1", "--size", "256M").status).isZero();
    }
  }

  @Test
  void whatCannotBeReadIsShownWithItsPlace() {
    String socket = nodes.getFirst().socket().toString();

    assertThat(runAsIs("status", "--socket", socket).out)
        .contains("node b: alone since 2026-")
        .contains("node b: blocks that cannot be read: 1, given up: 1")
        .contains("  byte 4096 of volume vm1 (byte 82837504 of the disk)")
        .contains("  byte 12582912 of the disk, in no volume")
        .contains("node b: blocks that were read from the other node: 3");
  }

  @Test
  void resyncIsShownWithRateAndTimeLeft() {
    nodes.getFirst().node().resyncs();

    assertThat(run("mirror", "status").out)
        .contains("node a: resync (source) 50%, 512 MiB of 1 GiB, 64 MiB/s, 8 s left");
    nodes.getFirst().node().resyncsWithoutATotal();
    assertThat(run("mirror", "status").out)
        .contains("node a: resync (source) 512 MiB done, 64 MiB/s\n")
        .doesNotContain("%");
  }

  @Test
  void aPairIsWaitedForUntilItIsInSync() {
    assertThat(run("wait")).isEqualTo(new Outcome(0, "The pair is in sync.\n", ""));
    nodes.getFirst().node().resyncs();

    Outcome late = run("wait", "--timeout", "0");
    assertThat(late.status).isEqualTo(1);
    assertThat(late.out).isEmpty();
    assertThat(late.err)
        .startsWith("The pair is not in sync: time is up: mirror k7x2ma: 512 MiB of 1 GiB")
        .hasLineCount(1);
  }

  @Test
  void volumeGoesThroughItsLife() {
    assertThat(run("volume", "create", "vm1", "--size", "256M").out)
        .isEqualTo("Volume vm1 created, 256 MiB.\n");
    assertThat(run("volume", "resize", "vm1", "--size", "+256M").out)
        .isEqualTo("Volume vm1 now has 512 MiB.\n");
    assertThat(run("volume", "rename", "vm1", "vm2").out)
        .isEqualTo("Volume vm1 is now called vm2.\n");
    assertThat(run("volume", "list", "-o", "json").out)
        .startsWith("[ {")
        .contains("\"name\" : \"vm2\"")
        .contains("\"sizeBytes\" : 536870912");
    assertThat(run("volume", "delete", "vm2", "--yes").out).isEqualTo("Volume vm2 was deleted.\n");
    assertThat(run("volume", "list").out).isEqualTo("No volumes. 512 MiB of 1 GiB free\n");
  }

  @Test
  void relativeResizeOfAnUnknownVolumeIsRefused() {
    Outcome outcome = run("volume", "resize", "vm9", "--size", "+1G");

    assertThat(outcome.status).isEqualTo(1);
    assertThat(outcome.err).contains("there is no volume of that name");
  }

  @Test
  void theWriteCacheIsSwitchedByOnAndOffAndNothingElse() {
    for (String volume : List.of("vm1", "vm2")) {
      run("volume", "create", volume, "--size", "256M");
    }
    run("export", "create", "vm1", "--write-cache", "off");
    run("export", "create", "vm2");
    assertThat(run("export", "list").out)
        .containsPattern("vm1 .* off\n")
        .containsPattern("vm2 .* on\n");

    assertThat(run("export", "change", "vm1", "--write-cache", "on"))
        .isEqualTo(new Outcome(0, "The write cache of vm1 is on.\n", ""));
    assertThat(run("export", "change", "vm2", "--write-cache", "off").out)
        .isEqualTo("The write cache of vm2 is off.\n");
    assertThat(run("export", "list").out)
        .containsPattern("vm1 .* on\n")
        .containsPattern("vm2 .* off\n");

    for (String[] wrong :
        new String[][] {
          {"export", "change", "vm2", "--write-cache", "maybe"},
          {"export", "create", "vm2", "--write-cache", "OFF"},
          {"export", "change", "vm2"}
        }) {
      Outcome refused = run(wrong);
      assertThat(refused.status).isEqualTo(2);
      assertThat(refused.err).contains("--write-cache").hasLineCount(1);
    }
    assertThat(run("export", "list").out).containsPattern("vm2 .* off\n");
  }

  @Test
  void whoMayLogInIsChangedWhileTheVolumeIsExported() {
    run("volume", "create", "vm1", "--size", "256M");
    run("export", "create", "vm1", "--initiator", "iqn.x:a", "--exclusive");
    assertThat(run("export", "list").out).contains("iqn.x:a, one host at a time");

    assertThat(run("export", "set", "vm1", "--initiator", "iqn.x:b", "--initiator", "iqn.x:c"))
        .isEqualTo(new Outcome(0, "vm1 may be used by: iqn.x:b iqn.x:c, one host at a time\n", ""));
    assertThat(run("export", "set", "vm1", "--no-exclusive").out)
        .isEqualTo("vm1 may be used by: iqn.x:b iqn.x:c\n");
    assertThat(run("export", "set", "vm1", "--everybody", "--exclusive").out)
        .isEqualTo("vm1 may be used by: everybody, one host at a time\n");
    for (String[] wrong :
        new String[][] {
          {"export", "set", "vm1"},
          {"export", "set", "vm1", "--everybody", "--initiator", "iqn.x:b"}
        }) {
      Outcome refused = run(wrong);
      assertThat(refused.status).isEqualTo(2);
      assertThat(refused.err).contains("--everybody").hasLineCount(1);
    }
  }

  @Test
  void exportPrintsIqnAndPortals() {
    run("volume", "create", "vm1", "--size", "256M");

    assertThat(run("export", "create", "vm1", "--initiator", "iqn.1993-08.org.debian:01:x").out)
        .isEqualTo("IQN     iqn.t:vm1\nLUN     0\nPortals 127.0.0.1:3260 127.0.0.1:3261\n");
    assertThat(run("export", "list", "-o", "json").out)
        .contains("\"volume\" : \"vm1\"")
        .contains("\"iqn\" : \"iqn.t:vm1\"")
        .contains("\"lun\" : 0")
        .contains("\"portals\" : [ \"127.0.0.1:3260\", \"127.0.0.1:3261\" ]");
    assertThat(run("export", "list").out).contains("iqn.1993-08.org.debian:01:x");
    assertThat(run("connect", "vm1").out)
        .contains("iscsiadm", "<host name='127.0.0.1'")
        .contains("# multipath-tools: ", "no_path_retry 60: with no path left, I/O waits")
        .contains("# iscsid: ", "keep replacement_timeout at 120 or more");
    assertThat(run("export", "delete", "vm1").out).isEqualTo("The export of vm1 was deleted.\n");
    assertThat(run("connect", "vm1").status).isEqualTo(1);
  }

  @Test
  void mirrorCommandAsksTheNodeItself() {
    assertThat(run("mirror", "promote", "--node", "b").out).isEqualTo("PROMOTE at b\n");
    assertThat(run("mirror", "connect", "--node", "b", "--discard-my-data").out)
        .isEqualTo("CONNECT at b discarding\n");
    assertThat(run("mirror", "promote", "--node", "b", "--force").out)
        .isEqualTo("PROMOTE at b forced\n");
    assertThat(run("mirror", "disconnect", "--node", "b", "--force").out)
        .isEqualTo("DISCONNECT at b forced\n");
    assertThat(run("mirror", "accept-loss", "--node", "b").out).isEqualTo("ACCEPT_LOSS at b\n");
    assertThat(run("mirror", "demote", "--node", "b", "--force").status).isEqualTo(2);
  }

  @Test
  void mirrorCommandWithoutANodeIsForThePrimary() {
    assertThat(run("mirror", "disconnect").out).isEqualTo("DISCONNECT at a\n");
    assertThat(run("mirror", "connect", "--discard-my-data").out)
        .isEqualTo("CONNECT at a discarding\n");
    assertThat(run("mirror", "accept-loss", "--mirror", "k7x2ma").out)
        .isEqualTo("ACCEPT_LOSS at a\n");
  }

  @Test
  void mirrorShowSaysWhereTheDataLies() {
    assertThat(run("mirror", "show").out)
        .containsPattern("data +11534336 +1062207488 +/disks/a")
        .containsPattern("data +11534336 +1062207488 +/disks/b")
        .contains("k7x2ma:pair-id:mirror-id")
        .contains("losetup");
  }

  @Test
  void volumesThatNobodyKnowsOfAreNotSaidToBeNone() {
    assertThat(StatusView.volumes(List.of(), List.of())).contains("No volumes are known");
    var status = nodes.getFirst().client();
    MirrorSides unseen = new MirrorSides("main", null, null, List.of());
    run("volume", "create", "vm1", "--size", "256M");
    assertThat(StatusView.volumes(volumesOf(status), List.of(unseen)))
        .contains(
            "vm1", "No Primary tells of mirror main: its volumes are shown as a copy has them.");
  }

  private static List<VolumeInfo> volumesOf(ControlClient client) {
    try {
      return client.volumes();
    } catch (ControlException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void sessionsAreListed() {
    assertThat(run("session", "list").out).containsPattern("vm1 +iqn.x:host +10.0.0.9:4711 +a");
  }

  @Test
  void socketOptionNamesOneDaemon() {
    String socket = nodes.getLast().socket().toString();

    assertThat(runAsIs("status", "--socket", socket, "-o", "json").out)
        .contains("\"reportedBy\" : \"b\"");
  }
}
