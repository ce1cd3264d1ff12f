package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.PairStatus;
import io.lockstep.lab.Tool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Two mirrors in a pair: each node serves one, and both while the other node is dead.
@Tag("scenario")
class TwoMirrorsTest {
  private static final Duration IN_SYNC_MAX = Duration.ofSeconds(60);
  private static final long DISK_BYTES = 128L << 20;

  /// Of the ports that a pair has, the one that nothing else takes.
  private static final int SECOND_LINK_OFFSET = 4;

  private static final Map<String, String> PRIMARIES = Map.of("main", "a", "second", "b");

  @RegisterExtension private final Pairs pairs = new Pairs();

  @Test
  void eachNodeServesOneAndTheOtherOnesTooWhenThatNodeDies() throws IOException {
    Pair pair = pairs.blank();
    String port = String.valueOf(pair.basePort());
    pair.startDemo("--mirrors", "2", "--size", "256M", "--base-port", port);
    awaitInSync(pair);
    assertThat(primaries(pair)).isEqualTo(PRIMARIES);

    Tool.Result unnamed = pair.attempt("volume", "create", "vm1", "--size", "32M");
    assertThat(unnamed.status()).as(unnamed.all()).isEqualTo(1);
    assertThat(unnamed.err()).contains("main", "second", "--mirror");
    pair.lockstep("volume", "create", "vm1", "--size", "32M", "--mirror", "main");
    pair.lockstep("volume", "create", "vm2", "--size", "32M", "--mirror", "second");
    pair.lockstep("export", "create", "vm1");
    pair.lockstep("export", "create", "vm2");
    String first = pair.export("vm1").iqn();
    String second = pair.export("vm2").iqn();
    Host.write(pair.url("a", first), 11, 0, 1 << 20);
    Host.write(pair.url("b", second), 22, 0, 1 << 20);
    Host.verify(pair.url("a", first), 11, 0, 1 << 20);
    Host.verify(pair.url("b", second), 22, 0, 1 << 20);

    pair.kill("b");
    pair.lockstep("mirror", "promote", "--mirror", "second", "--node", "a");
    Host.verify(pair.url("a", first), 11, 0, 1 << 20);
    Host.verify(pair.url("a", second), 22, 0, 1 << 20);
    Host.write(pair.url("a", first), 33, 1 << 20, 1 << 20);
    Host.write(pair.url("a", second), 44, 1 << 20, 1 << 20);

    pair.lockstep("node", "start", "b");
    awaitInSync(pair);
    assertThat(primaries(pair)).isEqualTo(Map.of("main", "a", "second", "a"));
    pair.lockstep("mirror", "promote", "--mirror", "second", "--node", "b");
    awaitInSync(pair);
    assertThat(primaries(pair)).isEqualTo(PRIMARIES);
    verifyAll(pair, first, second);

    // Without --node it is the node that serves that mirror.
    pair.lockstep("mirror", "disconnect", "--mirror", "second");
    assertThat(primaries(pair)).isEqualTo(PRIMARIES);
    pair.lockstep("mirror", "connect", "--mirror", "second");
    awaitInSync(pair);

    pair.shutDown();
    pair.lockstep("node", "start", "a");
    pair.lockstep("node", "start", "b");
    awaitInSync(pair);
    assertThat(primaries(pair)).isEqualTo(PRIMARIES);
    verifyAll(pair, first, second);
  }

  private static void verifyAll(Pair pair, String first, String second) throws IOException {
    Host.verify(pair.url("a", first), 33, 1 << 20, 1 << 20);
    Host.verify(pair.url("b", second), 22, 0, 1 << 20);
    Host.verify(pair.url("b", second), 44, 1 << 20, 1 << 20);
  }

  /// Each node is restarted with it while the other one serves the first mirror.
  @Test
  void aPairInUseGetsItsSecondMirror() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES);
    pair.createVolume("vm1", 32L << 20);
    String first = pair.createExport("vm1");
    Host.write(pair.url("a", first), 11, 0, 1 << 20);

    addMirror(pair, "a");
    String said = pair.layOut("a", "--mirror", "second");
    pair.stop("a");
    Host.write(pair.url("b", first), 22, 1 << 20, 1 << 20);
    pair.startDaemon("a");
    Tool.await(
        "the word that node b lacks the mirror",
        IN_SYNC_MAX,
        () ->
            pair.statusFrom("a").stream()
                .flatMap(status -> status.alerts().stream())
                .anyMatch(alert -> alert.code().equals("mirror-missing")));
    Host.verify(pair.url("b", first), 22, 1 << 20, 1 << 20);

    addMirror(pair, "b");
    String code = said.substring(said.lastIndexOf(' ') + 1).strip();
    pair.layOut("b", "--mirror", "second", "--join", code);
    pair.awaitInSync();
    pair.stop("b");
    Host.verify(pair.url("a", first), 11, 0, 1 << 20);
    Host.verify(pair.url("a", first), 22, 1 << 20, 1 << 20);
    pair.startDaemon("b");
    awaitInSync(pair);
    assertThat(primaries(pair)).isEqualTo(Map.of("main", "a", "second", "a"));
    Host.verify(pair.url("a", first), 22, 1 << 20, 1 << 20);
  }

  /// Writes the mirror into a node's configuration, and gives it a blank disk.
  private static void addMirror(Pair pair, String node) throws IOException {
    Path disk = pair.disk(node).resolveSibling("second.img");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(DISK_BYTES);
    }
    String mirror =
        "  - {name: second, port: %d, disks: [{path: %s}]}\n"
            .formatted(pair.basePort() + SECOND_LINK_OFFSET, disk);
    Path config = pair.config(node);
    String text = Files.readString(config);
    Files.writeString(config, text.replace("portals:\n  -", mirror + "portals:\n  -"));
  }

  /// Each node says so of its own sides, and each mirror is open at its Primary.
  private static void awaitInSync(Pair pair) {
    Tool.await(
        () -> "both mirrors in sync and served; they are " + pair.status().mirrors(),
        IN_SYNC_MAX,
        () ->
            Pair.NODES.stream().allMatch(node -> isInSync(pair, node))
                && primaries(pair).keySet().equals(PRIMARIES.keySet()));
  }

  private static boolean isInSync(Pair pair, String node) {
    return pair.statusFrom(node).stream()
            .flatMap(status -> status.mirrors().stream())
            .flatMap(mirror -> mirror.side(node).stream())
            .filter(Pair::isInSync)
            .count()
        == PRIMARIES.size();
  }

  private static Map<String, String> primaries(Pair pair) {
    PairStatus status = pair.status();
    var found = new TreeMap<String, String>();
    status.mirrors().stream()
        .filter(mirror -> mirror.primary() != null && mirror.group() != null)
        .forEach(mirror -> found.put(mirror.name(), String.valueOf(mirror.primary())));
    return found;
  }
}
