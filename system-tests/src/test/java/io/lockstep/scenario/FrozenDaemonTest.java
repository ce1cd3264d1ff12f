package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The Primary's daemon stands still (SIGSTOP): its kernel takes every connection, and
/// nothing comes of it. Whether it goes on, nobody knows.
@Tag("scenario")
class FrozenDaemonTest {
  private static final long DISK_BYTES = 64 << 20;
  private static final int BLOCK_BYTES = 64 << 10;
  private static final String NOWHERE = "127.0.0.1:1";
  private static final Duration NOTICE_MAX = Duration.ofSeconds(60);

  @RegisterExtension private final Pairs pairs = new Pairs();

  @Test
  void itIsToldAsWhatItIsAndGivesWayWhenItWakes() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES);
    String frozen = pair.primary();
    String other = Pair.other(frozen);
    pair.createVolume("vm1", 8 << 20);
    String iqn = pair.createExport("vm1");
    Host.write(pair.url(frozen, iqn), 0xa1, 0, BLOCK_BYTES);
    long pid = pair.process(frozen).pid();

    Tool.run("kill", "-STOP", pid);
    Tool.await("notice", NOTICE_MAX, () -> isAlone(pair, other));
    Tool.Result status = pair.attempt("status");
    assertThat(status.status()).as("of a pair with a critical alert").isEqualTo(3);
    assertThat(status.out())
        .containsPattern(frozen + " +no answer")
        .containsPattern(other + " +running")
        .contains("Node " + frozen + " does not answer at its control socket")
        .contains("Node " + other + " cannot see node " + frozen)
        .contains("promoting node " + other + " would split the data")
        .doesNotContain("so no volume is served");

    Tool.Result refused = pair.attempt("mirror", "promote", "--node", other);
    assertThat(refused.status()).as(refused.all()).isEqualTo(1);
    assertThat(refused.err())
        .contains("node " + other + " was not promoted")
        .contains("takes connections at 127.0.0.1:", "has said nothing for 3")
        .contains("fence it", "--force");

    assertThat(pair.lockstep("mirror", "promote", "--node", other, "--force"))
        .contains("Node " + other + " is Primary", "and says nothing");
    Tool.await("its volumes", NOTICE_MAX, () -> pair.serves(other));
    Host.verify(pair.url(other, iqn), 0xa1, 0, BLOCK_BYTES);
    Host.write(pair.url(other, iqn), 0xb1, 0, BLOCK_BYTES);

    Tool.run("kill", "-CONT", pid);
    Tool.await("the meeting", NOTICE_MAX, () -> hasGivenWay(pair, frozen));
    assertThat(pair.primary()).isEqualTo(other);
    pair.lockstep("mirror", "connect", "--node", frozen);
    pair.lockstep("mirror", "connect", "--node", other);
    pair.awaitInSync();
    assertThat(pair.primary()).isEqualTo(other);
    assertThat(pair.side(frozen).orElseThrow().role()).isEqualTo("Secondary");
    Host.verify(pair.url(other, iqn), 0xb1, 0, BLOCK_BYTES);
    pair.assertEqualDisks();
  }

  /// Its portals are known at an address where nobody listens: its kernel takes the link and the
  /// control connection only.
  @Test
  void oneThatIsSilentOnTheLinkIsAskedAgainAndNotAnyMoreWhenItIsKilled() throws IOException {
    Pair pair = pairs.laidOut(DISK_BYTES);
    hidePortals(pair);
    pair.startDaemons();
    pair.awaitInSync();
    String frozen = pair.primary();
    assertThat(frozen).as("the node that is called").isEqualTo("a");
    String other = Pair.other(frozen);
    ProcessHandle process = pair.process(frozen);
    Tool.run("kill", "-STOP", process.pid());
    Tool.await("notice", NOTICE_MAX, () -> isAlone(pair, other));
    CompletableFuture<Tool.Result> early =
        CompletableFuture.supplyAsync(() -> pair.attempt("mirror", "promote", "--node", other));
    Tool.await("questions", NOTICE_MAX, () -> early.isDone() || timesAsked(pair, other) >= 8);
    assertThat(early).as("the promotion beside a node that takes the link").isNotDone();

    process.destroyForcibly();
    Tool.await("its end", NOTICE_MAX, () -> !process.isAlive());
    Tool.Result promoted = early.join();
    assertThat(promoted.status()).as(promoted.all()).isZero();
    assertThat(promoted.out()).contains("Node " + other + " is Primary");
    Tool.Result status = pair.attempt("status");
    assertThat(status.out()).containsPattern(frozen + " +not running");
  }

  /// What hosts of node a would be told, and what node b asks.
  private static void hidePortals(Pair pair) throws IOException {
    String a = Files.readString(pair.config("a"));
    Files.writeString(
        pair.config("a"), a.replaceFirst("(- listen: .*)", "$1\n    advertised: " + NOWHERE));
    String b = Files.readString(pair.config("b"));
    Files.writeString(
        pair.config("b"), b.replaceFirst("portals: \\[.*\\]", "portals: [\"" + NOWHERE + "\"]"));
  }

  private static long timesAsked(Pair pair, String node) {
    try (Stream<String> lines = Files.lines(pair.log(node))) {
      return lines
          .filter(line -> line.contains("portal " + NOWHERE + " of the other node: silent"))
          .count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean hasGivenWay(Pair pair, String node) {
    return pair.side(node)
        .filter(side -> !side.serves() && side.connectionState().equals("StandAlone"))
        .isPresent();
  }

  /// Both ways to the other node are given up by then.
  private static boolean isAlone(Pair pair, String node) {
    return pair.statusFrom(node).stream()
        .flatMap(status -> status.alerts().stream())
        .anyMatch(alert -> alert.code().equals("no-primary"));
  }
}
