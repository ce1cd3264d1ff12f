package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.Tool;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./lockstep bench`, as short as it can be: every figure is there, and nothing is left behind.
@Tag("scenario")
class BenchTest {
  private static final Duration BENCH_MAX = Duration.ofMinutes(10);

  @TempDir private Path folder = Path.of("");

  @Test
  void itMeasuresAndEndsWhatItStarted() {
    Tool.Result told = bench("--rounds", "1", "--seconds", "1", "--dir", folder);
    assertThat(told.status()).as(told.all()).isZero();
    assertThat(told.out())
        .containsPattern("read depth 1 +plain file +\\d+")
        .containsPattern("this tree +[1-9]\\d* \\(.*\\) +\\d+ +\\d+ +\\d\\.\\d\\d .* Primary \\d+")
        .contains("read depth 32", "write depth 1 ", "write depth 32")
        .contains("this tree, Primary: from 32 to 128 writes under way, each costs ")
        .contains("this tree, Secondary: from 32 to 128 writes under way, each costs ");
    assertThat(folder).isEmptyDirectory();
    assertThat(Tool.run("sh", "-c", "cat /proc/[0-9]*/cmdline 2>&1 || true"))
        .as("the command lines of all processes")
        .doesNotContain(folder + "/lockstep-bench");
  }

  @Test
  void whatItCannotDoItSays() {
    Tool.Result told = bench("--against", folder);
    assertThat(told.status()).isEqualTo(2);
    assertThat(told.err()).contains("lockstep bench: --against").contains("no source tree");
    assertThat(bench("--help").out()).startsWith("usage: ./lockstep bench");
  }

  private static Tool.Result bench(Object... words) {
    Object[] command = new Object[words.length + 2];
    command[0] = Pair.program("lockstep");
    command[1] = "bench";
    System.arraycopy(words, 0, command, 2, words.length);
    return Tool.attempt(BENCH_MAX, command);
  }
}
