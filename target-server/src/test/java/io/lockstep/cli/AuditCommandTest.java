package io.lockstep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.ServedNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `lockstep audit` against nodes at real sockets: whose trails it shows, and which lines of them.
@Timeout(60)
@Tag("shell")
final class AuditCommandTest {
  @TempDir private Path directory = Path.of("");
  private final List<ServedNode> nodes = new ArrayList<>();

  @BeforeEach
  void start() throws java.io.IOException {
    DemoLayout layout = new DemoLayout(directory);
    for (String name : DemoLayout.NODES) {
      Files.createDirectories(layout.node(name));
      nodes.add(new ServedNode(layout.controlSocket(name), name, name.equals("a"), LoopKind.EPOLL));
    }
    run("volume", "create", "vm1", "--size", "8M");
    run("volume", "create", "vm2", "--size", "8M");
    run("mirror", "promote", "--node", "b");
  }

  @AfterEach
  void stop() {
    nodes.forEach(ServedNode::close);
  }

  private record Outcome(int status, String out, String err) {}

  private Outcome run(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Main.run(with(words), new PrintWriter(out), new PrintWriter(err));
    return new Outcome(status, out.toString(), err.toString());
  }

  private String[] with(String... words) {
    List<String> arguments = new ArrayList<>(List.of(words));
    arguments.addAll(List.of("--dir", directory.toString()));
    return arguments.toArray(String[]::new);
  }

  @Test
  void theTrailsOfBothNodesAreShownTheNewestLineLast() {
    assertThat(run("audit").out.lines())
        .hasSize(4)
        .satisfiesExactly(
            head -> assertThat(head).startsWith("WHEN"),
            first -> assertThat(first).contains("volume create", "vm1", "CLI", "done", " a "),
            second -> assertThat(second).contains("vm2"),
            last -> assertThat(last).contains("mirror promote", " b "));
  }

  @Test
  void linesAreChosenByNodeTextTimeAndNumber() {
    assertThat(run("audit", "--node", "b").out).contains("promote").doesNotContain("vm1");
    assertThat(run("audit", "--search", "VM1").out).contains("vm1").doesNotContain("vm2");
    assertThat(run("audit", "--limit", "1").out).contains("promote").doesNotContain("vm");
    assertThat(run("audit", "--since", "2h").out).contains("vm1");
    assertThat(run("audit", "--since", "2999-01-01").out)
        .isEqualTo("There is no such line in the audit trail.\n");
    for (String limit : List.of("0", "1001")) {
      Outcome refused = run("audit", "--limit", limit);
      assertThat(refused.status).isEqualTo(2);
      assertThat(refused.err).contains("--limit is " + limit + "; it must be 1 to 1000");
    }
  }

  @Test
  void aTrailThatCannotBeReadIsNamed() {
    nodes.removeLast().close();
    Outcome outcome = run("audit");
    assertThat(outcome.status).isZero();
    assertThat(outcome.out).contains("vm1").doesNotContain("promote");
    assertThat(outcome.err).startsWith("Without the trail of node b: ").hasLineCount(1);
  }

  @Test
  void itIsFollowedUntilTheCommandIsEnded() throws InterruptedException {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Thread following = Thread.ofPlatform().start(() -> follow(lines));
    for (String expected : List.of("vm1", "vm2", "promote")) {
      assertThat(lines.poll(30, TimeUnit.SECONDS)).startsWith("{").contains(expected);
    }
    run("volume", "delete", "vm2", "--yes");
    assertThat(lines.poll(30, TimeUnit.SECONDS)).contains("volume delete", "vm2");
    following.interrupt();
    following.join();
    assertThat(lines).isEmpty();
  }

  private void follow(BlockingQueue<String> lines) {
    var out =
        new PrintWriter(new StringWriter()) {
          @Override
          public void println(@Nullable String line) {
            lines.add(String.valueOf(line));
          }
        };
    Main.run(with("audit", "--follow", "-o", "json"), out, out);
  }
}
