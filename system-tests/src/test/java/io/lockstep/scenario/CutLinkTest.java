package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The network between the nodes is cut and hosts still reach both: what looks like a lost node is
/// not one. Here wrong ports cut it, for the mirror and for the control connection.
@Tag("scenario")
class CutLinkTest {
  private static final long DISK_BYTES = 64 << 20;
  private static final Duration NOTICE_MAX = Duration.ofSeconds(30);

  @RegisterExtension private final Pairs pairs = new Pairs();

  @Test
  void aNodeThatIsCutOffIsNotPromotedWhileTheOtherOneServes() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES);
    String first = "a"; // laid out first, and it listens: the other one dials
    String second = Pair.other(first);
    pair.stop(second);
    cut(pair, second);
    pair.startDaemon(second);
    Tool.await("node " + second, NOTICE_MAX, () -> pair.self(second).isPresent());

    Tool.Result refused = pair.attempt("mirror", "promote", "--node", second);
    assertThat(refused.status()).as(refused.all()).isEqualTo(1);
    assertThat(refused.err())
        .contains("node " + second + " was not promoted")
        .contains("127.0.0.1:" + (pair.basePort() + Pair.NODES.indexOf(first)))
        .contains("Primary");
    assertThat(pair.primary()).isEqualTo(first);

    pair.kill(first);
    assertThat(pair.lockstep("mirror", "promote", "--node", second))
        .contains("Node " + second + " is Primary");
  }

  private static void cut(Pair pair, String node) throws IOException {
    Path config = pair.config(node);
    String text = Files.readString(config);
    for (int offset : new int[] {3, 5}) {
      String port = "port: " + (pair.basePort() + offset);
      assertThat(text).contains(port);
      text = text.replace(port, "port: 1");
    }
    Files.writeString(config, text);
  }
}
