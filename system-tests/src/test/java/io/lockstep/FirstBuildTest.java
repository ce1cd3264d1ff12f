package io.lockstep;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `./lockstep` says while it builds, in a tree without sources, with a Maven that takes its
/// time and makes nothing of use.
@Tag("shell")
class FirstBuildTest {
  private static final Duration LONGEST = Duration.ofMinutes(2);

  @TempDir private Path tree = Path.of("");

  @BeforeEach
  void makeTree() throws IOException {
    Path root = Files.exists(Path.of("lockstep")) ? Path.of("") : Path.of("..");
    Files.createDirectories(tree.resolve(".ci"));
    for (String file : List.of("lockstep", ".ci/java.sh", ".ci/jars.sh")) {
      Files.copy(root.resolve(file), tree.resolve(file));
    }
    Files.createDirectories(tree.resolve("module/src/main"));
    Files.writeString(tree.resolve("pom.xml"), "<project/>");
    Files.writeString(tree.resolve("module/pom.xml"), "<project/>");
    Path maven = tree.resolve("bin/mvn");
    Files.createDirectories(maven.getParent());
    Files.writeString(
        maven,
        """
        #!/bin/sh
        echo "[INFO] Building Lockstep as a whole  [2/6]"
        sleep "${BUILD_SECONDS:-3}"
        mkdir -p web-ui/target/dist/lib
        : > web-ui/target/dist/lib/a.jar
        : > web-ui/target/lockstep-web-ui-1.jar
        """);
    assertThat(maven.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void itTellsNowAndThenHowFarItIs() {
    Tool.Result told = sh("LOCKSTEP_BUILD_TOLD=1 ./lockstep --version");
    assertThat(told.err())
        .contains("lockstep: building (a few minutes the first time")
        .containsPattern("lockstep: still building \\[2/6\\], \\d+ s\n")
        .doesNotContain("\r");
    assertThat(sh("./lockstep --version").err()).doesNotContain("building");
  }

  @Test
  void onATerminalItIsOneLineThatIsGoneAtTheEnd() {
    assertThat(sh("script -qec './lockstep --version' /dev/null").out())
        .containsPattern("\r\u001b\\[Klockstep: building \\[2/6\\], \\d+ s\r\u001b\\[K");
  }

  @Test
  void controlCLeavesItRunningAndTheNextCommandWaitsForIt() {
    Tool.Result left =
        sh(
            "BUILD_SECONDS=15 script -qec"
                + " 'timeout --foreground -s INT 5 ./lockstep --version' /dev/null");
    assertThat(left.out())
        .contains("the build goes on, and the next command waits for it")
        .contains("tail -f " + tree.toAbsolutePath(), "kill -- -");
    Tool.Result next = sh("./lockstep --version");
    assertThat(next.err())
        .contains("another command is building; waiting for it")
        .doesNotContain("lockstep: building (");
  }

  private Tool.Result sh(String line) {
    return Tool.attempt(
        LONGEST, "sh", "-c", "cd '%s' && PATH=$PWD/bin:$PATH && %s".formatted(tree, line));
  }
}
