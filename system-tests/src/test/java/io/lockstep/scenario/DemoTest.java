package io.lockstep.scenario;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.DiskInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.lab.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The demo's life: stop and start again, the other node promoted, Ctrl-C, a second demo. Volumes
/// and exports stay what they were, whichever node is asked, and nobody copies anything by hand.
@Tag("scenario")
class DemoTest {
  private static final Duration END_MAX = Duration.ofSeconds(30);

  @RegisterExtension private final Pairs pairs = new Pairs();

  @Test
  void volumesAndExportsSurviveRestartAndPromotion() throws Exception {
    Pair pair = pairs.demo("512M");
    pair.lockstep("volume", "create", "vm1", "--size", "64M");
    pair.lockstep("volume", "create", "vm2", "--size", "128M");
    pair.lockstep("export", "create", "vm1");
    pair.lockstep("export", "create", "vm2", "--initiator", "iqn.2026-01.org.example:host");
    String iqn = pair.export("vm1").iqn();
    Host.write(pair.url(pair.primary(), iqn), 77, 1 << 20, 1 << 20);
    List<String> known = picture(pair);
    String password = Files.readString(pair.directory().resolve("console/password"));
    List<ProcessHandle> processes = pair.demoProcesses();
    assertThat(processes).as("demo, two nodes, console").hasSizeGreaterThanOrEqualTo(4);

    pair.stopDemo();
    assertThat(processes).noneMatch(ProcessHandle::isAlive);
    assertRefused(pair.attempt("demo", "stop"), "none runs in " + pair.directory());
    pair.startDemo();
    pair.awaitInSync();
    assertThat(picture(pair)).isEqualTo(known);
    assertThat(pair.directory().resolve("console/password")).hasContent(password);
    Host.verify(pair.url(pair.primary(), iqn), 77, 1 << 20, 1 << 20);

    String second = Pair.other(pair.primary());
    pair.lockstep("mirror", "promote", "--node", second);
    pair.awaitInSync();
    assertThat(pair.primary()).isEqualTo(second);
    assertThat(picture(pair)).isEqualTo(known);
    Host.verify(pair.url(second, iqn), 77, 1 << 20, 1 << 20);

    String secondary = pair.socket(Pair.other(second)).toString();
    assertThat(onSocket(secondary, "volume", "resize", "vm2", "--size", "+64M"))
        .contains("192 MiB");
    List<String> grown = picture(pair);
    assertThat(grown).isNotEqualTo(known);
    List<ProcessHandle> orphans = pair.demoProcesses();
    orphans.getFirst().destroyForcibly();
    Tool.await(
        "nodes and console end with a demo that was killed",
        END_MAX,
        () -> orphans.stream().noneMatch(ProcessHandle::isAlive));
    removeConsole(pair);
    pair.startDemo();
    pair.awaitInSync();
    assertThat(picture(pair)).as("without what the console had kept").isEqualTo(grown);
    assertThat(pair.directory().resolve("console/password")).isNotEmptyFile();
    Host.verify(pair.url(pair.primary(), iqn), 77, 1 << 20, 1 << 20);
  }

  private static void removeConsole(Pair pair) throws IOException {
    try (Stream<Path> files = Files.walk(pair.directory().resolve("console"))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /// Nobody serves meanwhile; a node that hands over goes when the other one serves.
  @Test
  void aNodeThatIsStoppedWithoutAHandoverServesAgainWhenItIsStarted() throws IOException {
    Pair pair = pairs.demo("256M");
    pair.lockstep("volume", "create", "vm1", "--size", "64M");
    pair.lockstep("export", "create", "vm1");
    String iqn = pair.export("vm1").iqn();
    String first = pair.primary();
    String second = Pair.other(first);
    Host.write(pair.url(first, iqn), 7, 0, 1 << 20);
    ProcessHandle process = pair.process(first);

    assertThat(pair.lockstep("node", "stop", first, "--no-handover"))
        .contains("Node " + first + " has stopped.");
    assertThat(process.isAlive()).isFalse();
    assertThat(pair.side(second).orElseThrow().role()).isEqualTo("Secondary");
    assertRefused(pair.attempt("node", "stop", first, "--no-handover"), "it does not run");
    assertThat(pair.lockstep("node", "start", first)).contains("Node " + first + " runs");
    pair.awaitInSync();
    assertThat(pair.primary()).isEqualTo(first);
    Host.verify(pair.url(first, iqn), 7, 0, 1 << 20);

    assertThat(pair.lockstep("node", "stop", first)).contains("Node " + first + " has stopped.");
    assertThat(pair.primary()).as("it handed over first").isEqualTo(second);
    Host.verify(pair.url(second, iqn), 7, 0, 1 << 20);
    pair.lockstep("node", "start", first);
    pair.awaitInSync();
    assertThat(pair.primary()).isEqualTo(second);
    assertReadCommandsAreThoseOfTheDisks(pair);
  }

  private static void assertReadCommandsAreThoseOfTheDisks(Pair pair) {
    String group =
        Optional.ofNullable(pair.status().mirrors().getFirst().group()).orElseThrow().name();
    String shown = pair.lockstep("mirror", "show");
    for (String node : Pair.NODES) {
      DiskInfo data = pair.diskOf(node);
      assertThat(shown)
          .contains(
              "losetup --find --show --read-only --offset %d --sizelimit %d %s"
                  .formatted(data.dataOffset(), data.dataBytes(), pair.disk(node)))
          .contains("local/system_id=\"%s\"' %s".formatted(group.replace('_', '-'), group));
    }
  }

  /// What must never change by itself, as each node's socket tells it; both tell the same.
  private static List<String> picture(Pair pair) throws Json.BadJsonException {
    List<List<String>> pictures = new ArrayList<>();
    for (String node : Pair.NODES) {
      String socket = pair.socket(node).toString();
      List<String> lines = new ArrayList<>();
      for (VolumeInfo one : json(socket, VolumeInfo[].class, "volume", "list")) {
        lines.add(
            "%s %d %s %s %s %s %s"
                .formatted(
                    one.name(),
                    one.sizeBytes(),
                    one.uuid(),
                    one.iqn(),
                    one.names().serial(),
                    one.names().naa(),
                    one.segments()));
      }
      for (ExportInfo one : json(socket, ExportInfo[].class, "export", "list")) {
        // The Primary's portal comes first, so only which ones there are is kept.
        lines.add(
            "%s %s %d %s %s"
                .formatted(
                    one.volume(),
                    one.iqn(),
                    one.lun(),
                    new TreeSet<>(one.portals()),
                    one.initiators()));
      }
      assertThat(lines).hasSize(4);
      pictures.add(lines);
    }
    assertThat(pictures.getFirst()).isEqualTo(pictures.getLast());
    String url = pair.url(pair.primary(), pair.export("vm1").iqn());
    String serial = String.valueOf(pair.volume("vm1").names().serial());
    assertThat(Tool.run("iscsi-inq", "-e", 1, "-c", 0x80, url)).contains(serial);
    return pictures.getFirst();
  }

  private static <T> T json(String socket, Class<T> type, String... words)
      throws Json.BadJsonException {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("-o", "json"));
    return Json.read(onSocket(socket, all.toArray(String[]::new)).getBytes(UTF_8), type);
  }

  private static String onSocket(String socket, String... words) {
    List<Object> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--socket", socket));
    Tool.Result result = Pair.attemptAnywhere(all.toArray());
    assertThat(result.status()).as(result.all()).isZero();
    return result.out();
  }

  private static void assertRefused(Tool.Result result, String... parts) {
    assertThat(result.status()).as(result.all()).isEqualTo(1);
    assertThat(result.err().strip()).contains(parts).hasLineCount(1);
  }

  @Test
  void controlCEndsEveryProcessAndASecondDemoIsRefused() throws Exception {
    Pair pair = pairs.blank();
    Process demo = foreground(pair);
    Tool.await(
        "the demo in the foreground",
        Duration.ofSeconds(90),
        () -> Files.exists(pair.directory().resolve("ready")) || !demo.isAlive());
    List<ProcessHandle> processes = pair.demoProcesses();
    assertThat(processes).hasSizeGreaterThanOrEqualTo(4);
    pair.awaitInSync();

    String port = String.valueOf(pair.basePort());
    assertRefused(
        pair.attempt("demo", "--detach"), "one runs in " + pair.directory(), "demo stop", "--dir");
    Pair other = pairs.blank();
    assertRefused(
        other.attempt("demo", "--base-port", port), "port " + port, "is in use", "--base-port");
    assertThat(other.disk("a")).doesNotExist();
    assertThat(pair.isInSync()).as("the running one was not disturbed").isTrue();

    // A terminal sends the signal to the whole group of processes in the foreground.
    Tool.run("kill", "-INT", "--", "-" + demo.pid());
    assertThat(demo.waitFor(END_MAX.toMillis(), TimeUnit.MILLISECONDS)).as("it ends").isTrue();
    Tool.await(
        "the end of " + processes,
        END_MAX,
        () -> processes.stream().noneMatch(ProcessHandle::isAlive));
    assertThat(Files.readString(pair.log("a"))).contains("node a has ended");
    assertThat(Files.readString(pair.log("b"))).contains("node b has ended");
  }

  /// As a shell starts it: the leader of a group, with the usual answer to SIGINT.
  private static Process foreground(Pair pair) throws IOException {
    Path log = pair.directory().resolve("foreground.log");
    List<String> command =
        List.of(
            "setsid",
            "env",
            "--default-signal=INT",
            Pair.program("lockstep"),
            "demo",
            "--dir",
            pair.directory().toString(),
            "--size",
            "256M",
            "--base-port",
            String.valueOf(pair.basePort()));
    return new ProcessBuilder(command)
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }
}
