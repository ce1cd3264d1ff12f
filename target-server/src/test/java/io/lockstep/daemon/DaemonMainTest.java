package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// The command line of `lockstepd`, as docs/configuration.md shows it.
@Tag("unit")
final class DaemonMainTest {
  private static final int DONE = 0;
  private static final int REFUSED = 1;
  private static final int USAGE = 2;

  @TempDir private Path folder = Path.of("");
  private final StringWriter err = new StringWriter();

  @Test
  void initTakesItsConfigBehindTheWordAndLaysOutOnce() throws IOException {
    String config = config(0);
    assertThat(run("init", "--config", config, "--first")).isEqualTo(DONE);
    assertThat(run("init", "--config", config, "--first")).as("not blank").isEqualTo(REFUSED);
    String code = PairIdentity.random(new Random(7)).joinCode();
    assertThat(run("init", "--config", config(1), "--join", code)).isEqualTo(DONE);
    assertThat(err.toString()).isEmpty();

    List<String> trail = Files.readAllLines(folder.resolve("audit-a.jsonl"));
    assertThat(trail).hasSize(2).allMatch(line -> line.contains("\"account\":\"uid "));
    assertThat(trail.getFirst())
        .contains("\"from\":\"lockstepd init\"", "\"change\":\"disk init\"")
        .contains("\"about\":\"mirror main at node a\"", "\"asked\":{\"first\":true}")
        .contains("\"result\":\"done\"", "\"before\":null", "\"after\":{\"disk\":\"" + folder);
    assertThat(trail.getLast()).contains("\"result\":\"refused\"", "is not blank");
    assertThat(Files.readString(folder.resolve("audit-b.jsonl"))).contains("{\"join\":\"" + code);
  }

  @Test
  void aTrailThatCannotBeWrittenIsAWarningOfInit() throws IOException {
    Files.createDirectory(folder.resolve("audit-a.jsonl"));

    assertThat(run("init", "--config", config(0), "--first")).isEqualTo(DONE);
    assertThat(err.toString())
        .startsWith("Warning: this is not in the audit trail " + folder.resolve("audit-a.jsonl"))
        .hasLineCount(1);
  }

  @Test
  void aMissingOrContradictoryOptionIsUsage() throws IOException {
    assertThat(run()).isEqualTo(USAGE);
    assertThat(err.toString()).contains("Missing required option: '--config=FILE'");
    assertThat(run("init", "--first")).isEqualTo(USAGE);
    assertThat(run("init", "--config", config(0))).isEqualTo(USAGE);
    assertThat(run("init", "--config", config(0), "--first", "--mirror", "main")).isEqualTo(USAGE);
    assertThat(run("init", "--help")).isEqualTo(DONE);
  }

  private int run(String... arguments) {
    return new CommandLine(new DaemonMain()).setErr(new PrintWriter(err)).execute(arguments);
  }

  /// A configuration with a blank disk of 64 MiB.
  private String config(int nodeId) throws IOException {
    String node = ConfigText.name(nodeId);
    Path disk = folder.resolve(node + ".img");
    Files.write(disk, new byte[64 << 20]);
    Path file = folder.resolve(node + ".yaml");
    Files.writeString(
        file,
        new ConfigText(nodeId, folder.resolve(node + ".sock")).mirror("main", 0, disk).text());
    return file.toString();
  }
}
