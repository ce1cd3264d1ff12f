package io.lockstep.iscsi.portal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.lockstep.block.ring.LoopKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// libiscsi's conformance tests, all that the program lists, each in its own process, so that a
/// hang or a dead session cannot hide the others.
///
/// The program calls a test that it skipped "passed"; here it is not. Which tests do not simply
/// pass stands in `conformance.txt`, each with its reason; everything else must pass, with at least
/// one assertion made. That list can only get shorter: a test of it that passes, one that does not
/// exist, and a line more than there were ([#LISTED_MAX]) are failures.
@Tag("interop")
class ConformanceTest {
  private static final String LIBISCSI = "libiscsi-bin";
  private static final long SECONDS_MAX = 60;

  /// How many tests of each kind the list may hold; a number here never rises.
  private static final Map<String, Integer> LISTED_MAX =
      Map.of("skipped", 67, "differs", 8, "differs-512", 2, "unfit-4096", 6, "hollow", 7);

  private static final List<Listed> LIST = read();

  /// Tests of the medium, which run with 4096-byte blocks too.
  private static final Pattern MEDIUM =
      Pattern.compile(
          "(CompareAndWrite|GetLBAStatus|Inquiry|Mandatory|ModeSense6|Prefetch1[06]|Read(6|1[026])"
              + "|ReadCapacity1[06]|Unmap|Verify1[026]|Write1[026]|WriteSame1[06]"
              + "|WriteVerify1[026])\\..*");

  /// The verdict, and the part of the output that belongs to the test itself; before and after it
  /// the program probes the target on its own account.
  private static final Pattern BODY =
      Pattern.compile(
          "\\n\\s+Test: \\S+ \\.\\.\\.(.*?)(?<!\\[)(passed|FAILED)(?!\\])", Pattern.DOTALL);

  /// What the program counted: tests and assertions, in all, run, passed, failed.
  private static final Pattern SUMMARY =
      Pattern.compile(
          "tests\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+\\d+"
              + "\\s+asserts\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)");

  private static final Map<String, Integer> FIGURES = new TreeMap<>();
  private static @Nullable PortalBench bench;

  /// A line of the list.
  private record Listed(String kind, String test, String reason) {}

  private static List<Listed> read() {
    try (InputStream file = ConformanceTest.class.getResourceAsStream("conformance.txt")) {
      assertThat(file).isNotNull();
      return new String(file.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .map(line -> line.split("\\s+", 3))
          .map(words -> new Listed(words[0], words[1], words[2]))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Why a test is listed as of this kind; empty if it is not.
  private static Optional<String> listed(String kind, String test) {
    return LIST.stream()
        .filter(line -> line.kind.equals(kind) && line.test.equals(test))
        .map(Listed::reason)
        .findFirst();
  }

  private static boolean isListed(String kind, String test) {
    return listed(kind, test).isPresent();
  }

  @Test
  void theListOnlyShrinksAndNamesTestsThatThereAre() {
    Map<String, Integer> counts = new TreeMap<>();
    LIST.forEach(line -> counts.merge(line.kind, 1, Integer::sum));

    assertThat(LIST.stream().map(line -> line.kind + " " + line.test)).doesNotHaveDuplicates();
    assertThat(programsTests()).containsAll(LIST.stream().map(Listed::test).toList());
    assertThat(LISTED_MAX.keySet()).containsAll(counts.keySet());
    LISTED_MAX.forEach(
        (kind, most) ->
            assertThat(counts.getOrDefault(kind, 0))
                .as("tests listed as %s: never more; where there are fewer, lower the number", kind)
                .isEqualTo(most));
  }

  @BeforeAll
  static void start() {
    bench = PortalBench.on(LoopKind.best());
  }

  @AfterAll
  static void stop() {
    System.out.println("iscsi-test-cu: " + FIGURES);
    if (bench != null) {
      bench.close();
    }
  }

  private static PortalBench running() {
    PortalBench running = bench;
    assertThat(running).isNotNull();
    return running;
  }

  private static List<String> programsTests() {
    List<String> names =
        Tool.run(LIBISCSI, SECONDS_MAX, "iscsi-test-cu", "--list")
            .output()
            .lines()
            .map(String::strip)
            .filter(name -> name.matches("ALL\\.\\w+\\.\\w+"))
            .map(name -> name.substring("ALL.".length()))
            .toList();
    assertThat(names).hasSizeGreaterThan(200);
    return names;
  }

  @TestFactory
  Stream<DynamicTest> blocksOf512Bytes() {
    String url = running().url();
    return programsTests().stream()
        .filter(name -> !name.startsWith("ReadOnly"))
        .map(
            name -> {
              // The multipath tests want two ways to one logical unit: here two sessions.
              List<String> urls = name.startsWith("Multipath") ? List.of(url, url) : List.of(url);
              boolean fails = isListed("differs", name) || isListed("differs-512", name);
              return dynamicTest(name, () -> check(name, fails, urls));
            });
  }

  @TestFactory
  Stream<DynamicTest> blocksOf4096Bytes() {
    List<String> urls = List.of(running().url(PortalBench.LARGE_IQN));
    return programsTests().stream()
        .filter(name -> MEDIUM.matcher(name).matches())
        .map(name -> dynamicTest(name, () -> checkWith4096(name, urls)));
  }

  private static void checkWith4096(String name, List<String> urls) {
    if (isListed("unfit-4096", name)) {
      Outcome outcome = run(name, urls);
      assertThat(outcome.passed && outcome.skips.isEmpty())
          .as("passes now: take it from the list\n%s", outcome.output)
          .isFalse();
      count("unfit with 4096");
    } else {
      check(name, isListed("differs", name), urls);
    }
  }

  @TestFactory
  DynamicTest aMediumThatIsWriteProtected() {
    String name = "ReadOnly.ReadOnlySBC";
    return dynamicTest(
        name,
        () -> {
          Outcome outcome = run(name, List.of(running().url(PortalBench.PROTECTED_IQN)));
          assertThat(outcome.passed).as(outcome.output).isTrue();
          assertThat(outcome.skips).as(outcome.output).allMatch(skip -> skip.contains("ORWRITE"));
          count("passed");
        });
  }

  private static void check(String name, boolean fails, List<String> urls) {
    Outcome outcome = run(name, urls);
    String skipped = listed("skipped", name).orElse("");
    if (fails) {
      assertThat(outcome.passed)
          .as("passes now: take it from the list\n%s", outcome.output)
          .isFalse();
      count("differs");
    } else if (!skipped.isEmpty()) {
      assertThat(outcome.passed).as(outcome.output).isTrue();
      assertThat(outcome.skips)
          .as("skipped, and for this reason:\n%s", outcome.output)
          .anyMatch(skip -> skip.contains(skipped));
      count("skipped: " + skipped);
    } else {
      assertThat(outcome.passed).as(outcome.output).isTrue();
      assertThat(outcome.skips).as("skipped is not passed:\n%s", outcome.output).isEmpty();
      boolean hollow = isListed("hollow", name);
      assertThat(outcome.assertions == 0).as("hollow:\n%s", outcome.output).isEqualTo(hollow);
      count(hollow ? "passed without an assertion" : "passed");
    }
  }

  private static void count(String what) {
    FIGURES.merge(what, 1, Integer::sum);
  }

  /// @param skips the lines that say that something was skipped
  /// @param assertions how many were made
  private record Outcome(boolean passed, List<String> skips, int assertions, String output) {}

  private static Outcome run(String name, List<String> urls) {
    List<String> command =
        new ArrayList<>(List.of("iscsi-test-cu", "-v", "--dataloss", "-t", "ALL." + name));
    command.addAll(urls);
    Tool.Run run = Tool.run(LIBISCSI, SECONDS_MAX, command.toArray(String[]::new));
    Matcher body = BODY.matcher(run.output());
    Matcher summary = SUMMARY.matcher(run.output());
    assertThat(body.find() && summary.find()).as("the test ran:\n%s", run.output()).isTrue();
    assertThat(summary.group(2)).as("tests run:\n%s", run.output()).isEqualTo("1");
    boolean passed = body.group(2).equals("passed");
    assertThat(Integer.parseInt(summary.group(4)))
        .as("tests failed, by its own count:\n%s", run.output())
        .isEqualTo(passed ? 0 : 1);
    List<String> skips =
        body.group(1)
            .lines()
            .map(String::strip)
            .filter(line -> line.contains("[SKIPPED]"))
            .toList();
    return new Outcome(passed, skips, Integer.parseInt(summary.group(6)), run.output());
  }
}
