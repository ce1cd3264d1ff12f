package io.lockstep;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./check` and `.ci/mvn` as the pages show them: each line is tried. `./check` says what it would
/// run, and refuses a class that is not there; Maven starts, reads its options and says its
/// version.
@Tag("rules")
class CheckTest {
  private static final Path ROOT = root();
  private static final long SECONDS_MAX = 120;

  /// A command at the beginning of a line of a code block, perhaps behind a prompt, or as a whole
  /// code span.
  private static final Pattern COMMAND =
      Pattern.compile(
          "(?m)(?:^(?:[$] )?|(?<!`)`)((?:\\./check|\\.ci/mvn|mvn(?= ))(?: [^\\n`]*)?)(?=`|$)");

  /// In a page, any class.
  private static final String ANY_CLASS = " CLASS";

  @TempDir private Path temp;

  /// What a command printed, and how it ended.
  private record Ended(int status, String told) {}

  @Test
  void everyLineOfThePagesWouldRun() throws IOException, InterruptedException {
    List<String> shown = commands();
    assertThat(shown).as("lines of ./check").hasSizeGreaterThan(8);
    List<String> faults = new ArrayList<>();
    for (String line : shown) {
      if (line.startsWith("mvn")) {
        faults.add("needs a new Java on PATH, show .ci/mvn or ./check: " + line);
        continue;
      }
      boolean isCheck = line.startsWith("./check");
      String typed = line.replace(ANY_CLASS, " CheckTest");
      Ended ended = run(typed.replaceFirst(" |$", isCheck ? " --dry-run " : " -v "));
      if (ended.status != 0) {
        faults.add(line + ": " + ended.told);
      }
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void linesAreFoundInBlocksAndSpans() {
    String page =
        """
        Type `./check --quick` or `./check A#b`, not ./check.

            ./check no
        ```
        ./check A B   # why
        mvn test
        ```
        """;
    assertThat(commands(page))
        .containsExactly("./check --quick", "./check A#b", "./check A B", "mvn test");
  }

  @Test
  void classesAreFoundInTheirModules() throws IOException, InterruptedException {
    assertThat(run("./check --dry-run TermTest FailoverTest -Dlockstep.seed=7").told)
        .contains("-pl mirror,system-tests -am -Dtest=TermTest,FailoverTest -Dlockstep.seed=7")
        .contains("./lockstep --version"); // a scenario runs what is packed
    assertThat(run("./check --dry-run TermTest#oneMethod").told)
        .contains("-pl mirror -am -Dtest=TermTest#oneMethod ")
        .doesNotContain("./lockstep");
    assertThat(run("./check --dry-run 'Con*FuzzTest'").told).contains("-pl target-server,web-ui ");
  }

  @Test
  void whatIsNotThereIsRefused() throws IOException, InterruptedException {
    assertThat(run("./check --dry-run NoSuchTest TermTest"))
        .isEqualTo(new Ended(2, "check: there is no test class NoSuchTest in any module\n"));
    assertRefused("./check --dry-run --qiuck", "unknown argument: --qiuck");
    assertRefused("./check --dry-run --quick TermTest", "--quick and classes do not go together");
    assertRefused("./check --dry-run mirror/TermTest", "not the name of a test class");
    assertRefused("./check --dry-run -Dlockstep.seed=7", "none is named");
  }

  private void assertRefused(String line, String why) throws IOException, InterruptedException {
    Ended ended = run(line);
    assertThat(ended.status).as(line).isEqualTo(2);
    assertThat(ended.told).startsWith("check: ").contains(why).hasLineCount(1);
  }

  /// As on a Debian that has an older Java by default.
  @Test
  void anOlderJavaOnPathDoesNotMatter() throws IOException, InterruptedException {
    Path older = Files.createDirectories(temp.resolve("jdk-17/bin"));
    for (String program : List.of("java", "javac")) {
      Path file = older.resolve(program);
      Files.writeString(file, "#!/bin/sh\necho an old Java was started >&2\nexit 1\n");
      assertThat(file.toFile().setExecutable(true)).isTrue();
    }
    Files.writeString(older.resolveSibling("release"), "JAVA_VERSION=\"17.0.15\"\n");
    String path = "PATH=" + older + ":$PATH JAVA_HOME=" + older.getParent() + " ";
    String newer = "LOCKSTEP_JAVA_HOME=" + System.getProperty("java.home") + " ";
    Ended ended = run(path + newer + ".ci/mvn -v");
    assertThat(ended.told).contains("Java version: " + System.getProperty("java.version"));
    assertThat(run(path + newer + "./check --dry-run TermTest").told)
        .contains("JDK: " + System.getProperty("java.home"));
    assertThat(run(path + "LOCKSTEP_JAVA_HOME=" + older.getParent() + " .ci/mvn -v").told)
        .contains("is not a JDK");
  }

  private Ended run(String line) throws IOException, InterruptedException {
    Path output = temp.resolve("output");
    Process process =
        new ProcessBuilder("bash", "-c", line)
            .directory(ROOT.toFile())
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("does not end: " + line);
    }
    return new Ended(process.exitValue(), Files.readString(output));
  }

  private static List<String> commands() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      for (Path page : Stream.concat(Stream.of(ROOT.resolve("README.md")), files).toList()) {
        if (page.toString().endsWith(".md")) {
          found.addAll(commands(Files.readString(page).replaceAll("\\\\\\n +", "")));
        }
      }
    }
    return found.stream().distinct().toList();
  }

  private static List<String> commands(String page) {
    return COMMAND
        .matcher(page)
        .results()
        .map(found -> found.group(1).replaceFirst(" #.*", "").strip())
        .toList();
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("check"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("run inside the source tree");
      }
    }
    return folder;
  }
}
