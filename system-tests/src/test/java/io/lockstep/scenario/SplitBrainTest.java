package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.Tool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Both nodes were Primary apart, and are brought together as docs/operations.md says.
@Tag("scenario")
class SplitBrainTest {
  private static final long DISK_BYTES = 96 << 20;
  private static final int BLOCK_BYTES = 64 << 10;
  private static final Duration NOTICE_MAX = Duration.ofSeconds(60);

  @RegisterExtension private final Pairs pairs = new Pairs();

  /// The consent to the first split was still armed at the second, and threw a's writes away.
  @Test
  void aSplitIsHealedByTheBookAndTheConsentIsForThatSplitOnly() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES);
    pair.createVolume("vm1", 8 << 20);
    String iqn = pair.createExport("vm1");
    assertThat(pair.primary()).isEqualTo("a");

    split(pair, iqn, 0xa1, 0xb1);
    Tool.Result tooMuch = pair.attempt("mirror", "connect", "--node", "b", "--discard-my-data");
    assertThat(tooMuch.status()).as("consent of the Primary: %s", tooMuch.all()).isEqualTo(1);
    assertThat(tooMuch.err()).contains("demote");
    pair.lockstep("mirror", "connect", "--node", "a", "--discard-my-data");
    pair.lockstep("mirror", "connect", "--node", "b");
    pair.awaitInSync();
    pair.assertEqualDisks();
    Host.verify(pair.url(pair.primary(), iqn), 0xb1, 0, BLOCK_BYTES);

    pair.promote("a");
    pair.awaitInSync();
    Tool.Result noSplit = pair.attempt("mirror", "connect", "--node", "b", "--discard-my-data");
    assertThat(noSplit.status()).as("consent to nothing: %s", noSplit.all()).isEqualTo(1);
    split(pair, iqn, 0xa2, 0xb2);
    Host.verify(pair.url("b", iqn), 0xb2, 0, BLOCK_BYTES);

    // Once more, by somebody who sits at b only, and reaches a over the control connection.
    at(pair, "b", "mirror", "connect", "--node", "a", "--discard-my-data");
    at(pair, "b", "mirror", "connect", "--node", "b");
    pair.awaitInSync();
    pair.assertEqualDisks();
    Host.verify(pair.url("b", iqn), 0xb2, 0, BLOCK_BYTES);
  }

  /// A command to a node's own socket, whatever node it is for.
  private static void at(Pair pair, String node, String... words) {
    List<Object> command = new ArrayList<>(List.of(words));
    command.add("--socket");
    command.add(pair.socket(node));
    Tool.Result result = Pair.attemptAnywhere(command.toArray());
    assertThat(result.status()).as(result.all()).isZero();
  }

  /// Each node serves and is written to while the other one is down; then they meet.
  private static void split(Pair pair, String iqn, int onA, int onB) throws IOException {
    pair.stop("b");
    Host.write(pair.url("a", iqn), onA, 0, BLOCK_BYTES);
    pair.stop("a");
    pair.startDaemon("b");
    Tool.await("node b", NOTICE_MAX, () -> pair.self("b").isPresent());
    assertThat(pair.lockstep("mirror", "promote", "--node", "b")).contains("Node b is Primary");
    Tool.await("the volumes of b", NOTICE_MAX, () -> pair.serves("b"));
    Host.write(pair.url("b", iqn), onB, 0, BLOCK_BYTES);
    pair.startDaemon("a");
    for (String node : Pair.NODES) {
      Tool.await(
          () -> "the split brain at " + node + ": " + pair.self(node),
          NOTICE_MAX,
          () -> tellsTheSplit(pair, node));
    }
  }

  private static boolean tellsTheSplit(Pair pair, String node) {
    return pair.side(node).filter(one -> one.connectionState().equals("StandAlone")).isPresent()
        && pair.self(node).stream()
            .flatMap(one -> one.alerts().stream())
            .anyMatch(alert -> alert.code().equals("split-brain"));
  }
}
