package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.ServedNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// `lockstep jobs`, and what `volume create` says of a job, with and without `--wait`.
@Timeout(60)
@Tag("shell")
final class JobCommandsTest {
  private static final String HINT =
      "`lockstep jobs show j0c0de1` shows how far it is, `lockstep jobs cancel j0c0de1` ends it.\n";

  @TempDir private Path directory = Path.of("");
  private final List<ServedNode> nodes = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    for (String name : DemoLayout.NODES) {
      DemoLayout layout = new DemoLayout(directory);
      Files.createDirectories(layout.node(name));
      nodes.add(new ServedNode(layout.controlSocket(name), name, name.equals("a"), LoopKind.EPOLL));
    }
  }

  @AfterEach
  void stop() {
    nodes.forEach(ServedNode::close);
  }

  private record Outcome(int status, String out, String err) {}

  private Outcome run(String... words) {
    List<String> arguments = new ArrayList<>(List.of(words));
    arguments.addAll(List.of("--dir", directory.toString()));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Main.run(arguments.toArray(String[]::new), new PrintWriter(out), new PrintWriter(err));
    return new Outcome(status, out.toString(), err.toString());
  }

  @Test
  void jobsAreListedShownAndCancelled() {
    assertThat(run("jobs", "list").out())
        .contains("JOB")
        .contains("j00af31")
        .contains("grow-volume")
        .contains("25%");
    assertThat(run("jobs", "show", "j00af31"))
        .isEqualTo(new Outcome(0, "Job j00af31, growing vm1: 25%, 64 B of 256 B, 9 s left\n", ""));
    assertThat(run("jobs", "cancel", "j00af31"))
        .isEqualTo(new Outcome(0, "Job j00af31 was cancelled.\n", ""));
    assertThat(run("status").out()).contains("j00af31");
  }

  @Test
  void aJobThatHasEndedIsNotKnown() {
    Outcome outcome = run("jobs", "show", "j123456");

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err())
        .isEqualTo(
            "Nothing is known of job j123456: it has ended, or there was none of that name;"
                + " `lockstep jobs list` shows those that are under way.\n");
  }

  @Test
  void jobsAreJsonToo() throws Exception {
    var json = new JsonMapper().readTree(run("jobs", "list", "-o", "json").out());

    assertThat(json.get(0).get("id").asString()).isEqualTo("j00af31");
    assertThat(json.get(0).get("bytesTotal").asLong()).isEqualTo(256);
  }

  @Test
  void aLargeVolumeIsToldWithItsJob() {
    assertThat(run("volume", "create", "big", "--size", "1T"))
        .isEqualTo(new Outcome(0, "Volume big gets 1 TiB by job j0c0de1. " + HINT, ""));
  }

  @Test
  void waitingTellsHowFarItIsAndEndsWithTheJob() {
    Outcome outcome = run("volume", "create", "big", "--size", "1T", "--wait");

    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .startsWith("Volume big gets 1 TiB by job j0c0de1. Ctrl-C leaves it running. " + HINT)
        .contains("\n50% job j0c0de1, making big: 512 GiB of 1 TiB\n")
        .endsWith("Volume big created, 1 TiB.\n");
    assertThat(outcome.status()).isZero();
  }

  @Test
  void whoWaitsForAJobThatIsCancelledIsToldSo() {
    Outcome outcome = run("volume", "create", "big", "--size", "2T", "--wait");

    assertThat(outcome.err())
        .isEqualTo(
            "Volume big does not have that size: job j0c0de1 was cancelled; `lockstep volume"
                + " list` shows what there is.\n");
    assertThat(outcome.status()).isEqualTo(1);
  }
}
