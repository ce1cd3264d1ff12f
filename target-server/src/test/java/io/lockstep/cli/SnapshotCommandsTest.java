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

/// `lockstep snapshot`.
@Timeout(60)
@Tag("shell")
final class SnapshotCommandsTest {
  @TempDir private Path directory = Path.of("");
  private final List<ServedNode> nodes = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    for (String name : DemoLayout.NODES) {
      DemoLayout layout = new DemoLayout(directory);
      Files.createDirectories(layout.node(name));
      nodes.add(new ServedNode(layout.controlSocket(name), name, name.equals("a"), LoopKind.EPOLL));
    }
    assertThat(run("volume", "create", "vm1", "--size", "100M").err()).isEmpty();
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
  void aSnapshotIsTakenListedResizedAndDeleted() throws Exception {
    assertThat(run("snapshot", "list").out()).isEqualTo("No snapshots.\n");
    assertThat(run("snapshot", "create", "vm1", "before"))
        .isEqualTo(
            new Outcome(
                0,
                "Snapshot before of volume vm1 taken; it has room for changes of 20 MiB.\n",
                ""));
    assertThat(run("snapshot", "create", "vm1", "large", "--size", "80M").out())
        .contains("changes of 80 MiB.");

    assertThat(run("snapshot", "list", "vm1").out())
        .contains("SNAPSHOT", "ROOM", "USED", "STATE", "before", "20 MiB", "25%", "whole", "large");
    var json = new JsonMapper().readTree(run("snapshot", "list", "-o", "json").out());
    assertThat(json.get(0).get("snapshot").get("origin").asString()).isEqualTo("vm1");
    assertThat(json.get(0).get("snapshot").get("usedBytes").asLong()).isEqualTo(5 << 20);
    assertThat(run("volume", "list").out()).contains("before: snapshot of vm1, whole");

    assertThat(run("snapshot", "delete", "vm1", "before", "--yes"))
        .isEqualTo(new Outcome(0, "Snapshot before was deleted.\n", ""));
    assertThat(run("snapshot", "list").out()).doesNotContain("before");
  }

  @Test
  void whatIsNoSnapshotOfTheVolumeIsNotTouched() {
    assertThat(run("volume", "create", "other", "--size", "8M").status()).isZero();
    assertThat(run("snapshot", "delete", "vm1", "other", "--yes"))
        .isEqualTo(
            new Outcome(
                1,
                "",
                "Snapshot other was not deleted: volume vm1 has no snapshot of that name;"
                    + " `lockstep snapshot list` shows them.\n"));
    assertThat(run("snapshot", "resize", "vm1", "other", "--size", "+4M").err())
        .startsWith("Snapshot other was not resized: volume vm1 has no snapshot of that name");
    assertThat(run("snapshot", "list", "nothing").err())
        .isEqualTo(
            "No snapshots are shown: there is no volume nothing; `lockstep volume list` shows"
                + " them.\n");
    assertThat(run("volume", "list").out()).contains("other");
  }

  @Test
  void goingBackAndDeletingWantTheNameOrYes() {
    assertThat(run("snapshot", "create", "vm1", "before").status()).isZero();
    assertThat(run("snapshot", "rollback", "vm1", "before").err())
        .startsWith("Volume vm1 was not put back: nobody is there to be asked (no terminal)");
    assertThat(run("snapshot", "delete", "vm1", "before").err())
        .startsWith("Snapshot before was not deleted: nobody is there to be asked (no terminal)");
    assertThat(run("snapshot", "rollback", "vm1", "before", "--yes"))
        .isEqualTo(
            new Outcome(
                0,
                "Volume vm1 is put back to snapshot before and can be used. `lockstep jobs show"
                    + " rollback-before` shows how far the moving is.\n",
                ""));
  }

  @Test
  void aSizeThatIsNoneIsSaid() {
    assertThat(run("snapshot", "create", "vm1", "before", "--size", "much").err())
        .contains("--size much is not a size");
  }
}
