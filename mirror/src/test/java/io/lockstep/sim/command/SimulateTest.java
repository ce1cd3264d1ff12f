package io.lockstep.sim.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.sim.History;
import io.lockstep.sim.plant.Plant;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What `./lockstep simulate` understands and prints.
@Tag("unit")
class SimulateTest {
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @Test
  void argumentsAreRead() {
    var usual = SimulateArguments.parse(new String[0]);
    assertThat(usual.seeds()).isEmpty();
    assertThat(usual.from()).isEqualTo(1);
    assertThat(usual.plant()).isEmpty();
    var all = parse("--seeds 100000 --from 7 --threads 3 --keep-going --plant ack-at-receipt");
    assertThat(all.seeds()).isEqualTo(OptionalInt.of(100_000));
    assertThat(all.from()).isEqualTo(7);
    assertThat(all.threads()).isEqualTo(3);
    assertThat(all.keepGoing()).isTrue();
    assertThat(all.plant()).contains("ack-at-receipt");
    assertThat(all.finder()).isEqualTo(Plant.Finder.HISTORIES);
    assertThat(parse("--crash-points").finder()).isEqualTo(Plant.Finder.CRASH_POINTS);
    assertThat(parse("--threads 3 --only io").trace()).isTrue();
    assertThat(parse("--threads 3 --trace").threads()).as("a trace is of one thread").isEqualTo(1);
  }

  @Test
  void wrongArgumentsAreRefusedInASentence() {
    assertWrong("--seeds", "--seeds needs a value");
    assertWrong("--seeds 0", "--seeds takes a number from 1 to 2147483647, not 0");
    assertWrong("--from x", "--from takes a number from 1");
    assertWrong("--only bytes", "--only takes one of frames, states, io");
    assertWrong("--crash-points --trace", "a crash point has no trace");
    assertWrong("--sedes 5", "unknown argument: --sedes");
  }

  @Test
  void everyCommandInThePagesIsUnderstood() throws IOException {
    String page = Files.readString(testingPage());
    Matcher commands = Pattern.compile("\\./lockstep simulate( +[^\\n`#|]+)?").matcher(page);
    int seen = 0;
    while (commands.find()) {
      parse(String.valueOf(commands.group(1)).replace("null", "").strip());
      seen++;
    }
    assertThat(seen).as("commands in docs/testing.md").isGreaterThan(2);
  }

  private static Path testingPage() {
    Path start = Path.of("").toAbsolutePath();
    for (Path at = start; at != null; at = at.getParent()) {
      Path page = at.resolve("docs/testing.md");
      if (Files.exists(page)) {
        return page;
      }
    }
    throw new IllegalStateException("run inside the source tree, not in " + start);
  }

  @Test
  void whatWasCountedIsAddedUpInItsOrder() throws InterruptedException {
    History history =
        seed -> {
          var counts = new LinkedHashMap<String, Long>();
          counts.put("takeovers", seed);
          counts.put("crashes", 0L);
          return counts;
        };
    assertThat(run(history, "--from 10 --seeds 20 --threads 4")).isTrue();
    assertThat(text()).startsWith("takeovers            390\ncrashes                0\n");
    assertThat(text()).contains("20 of 20 histories, 0 broken");
  }

  @Test
  void theFirstHistoryThatBreaksIsNamedWhateverTheNumberOfThreads() throws InterruptedException {
    assertThat(run(SimulateTest::brokenFrom30, "--seeds 1000 --threads 8")).isFalse();
    assertThat(text())
        .contains("FAILED seed 30: I1: lost\n  ./lockstep simulate --from 30 --seeds 1 --trace\n");
  }

  @Test
  void allThatBreakAreNamedWhenAskedFor() throws InterruptedException {
    assertThat(run(SimulateTest::brokenFrom30, "--seeds 31 --threads 2 --keep-going")).isFalse();
    assertThat(text())
        .contains("31 of 31 histories, 2 broken", "FAILED seed 30:", "FAILED seed 31:");
  }

  private static Map<String, Long> brokenFrom30(long seed) {
    if (seed >= 30) {
      throw new AssertionError("I1: lost\nand more");
    }
    return Map.of();
  }

  private boolean run(History history, String arguments) throws InterruptedException {
    var out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    return new Histories(history, parse(arguments), out).run();
  }

  private String text() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  private static SimulateArguments parse(String words) {
    return SimulateArguments.parse(words.isEmpty() ? new String[0] : words.split(" +"));
  }

  private static void assertWrong(String words, String sentence) {
    assertThatThrownBy(() -> parse(words))
        .isInstanceOf(SimulateArguments.Wrong.class)
        .hasMessageContaining(sentence);
  }
}
