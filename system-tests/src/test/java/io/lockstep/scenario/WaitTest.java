package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.Tool;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// `lockstep wait`, at a terminal and elsewhere.
@Tag("scenario")
class WaitTest {
  private static final Duration LONGEST = Duration.ofMinutes(2);

  @RegisterExtension private final Pairs pairs = new Pairs();

  @Test
  void itShowsWhatItWaitsForAndEndsWhenThePairIsInSync() throws IOException {
    Pair pair = pairs.daemons(64 << 20);
    pair.awaitInSync();
    String away = Pair.other(pair.primary());
    pair.kill(away);

    Tool.Result late = pair.attempt("wait", "--timeout", "0");
    assertThat(late.status()).as(late.all()).isEqualTo(1);
    assertThat(late.out()).isEmpty();
    assertThat(late.err())
        .contains("The pair is not in sync: time is up: ", "at node " + away + ": ")
        .doesNotContain("\r", "%");

    String typed =
        "timeout --foreground -s INT 10 %s wait --dir %s"
            .formatted(Pair.program("lockstep"), pair.directory());
    Tool.Result left = Tool.attempt(LONGEST, "script", "-qec", typed, "/dev/null");
    assertThat(left.out())
        .contains("\r\u001b[K")
        .contains("What was waited for goes on by itself", "`lockstep wait` waits again");

    pair.startDaemon(away);
    assertThat(pair.lockstep("wait", "--timeout", "60")).contains("The pair is in sync.");
    pair.assertEqualDisks();
  }
}
