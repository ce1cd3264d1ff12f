package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SideStatus;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// That all is well is said only where that is known.
@Tag("shell")
class WellTest {
  private static final Alert ALERT = Alert.of(Alert.WARNING, "w", "a", "Beware.", "Look.");

  @TempDir Path directory;

  private static PairStatus pair(NodeStatus b, SideStatus sideOfB) {
    SideStatus a = Pictures.side("a", "Primary", "UpToDate", "Connected");
    return Pictures.pair(
        "a",
        List.of(Pictures.running("a", 0), b),
        List.of(MirrorSides.of("main", null, List.of(a, sideOfB))),
        List.of(),
        List.of());
  }

  @Test
  void whatIsNotKnownIsNotWell() {
    assertThat(States.isWell(Pictures.healthy())).isTrue();
    assertThat(States.well(Pictures.healthy())).startsWith("All is well: node a serves");
    assertThat(States.isWell(Pictures.healthy(1L << 30, List.of(ALERT)))).isFalse();
    NodeStatus b = Pictures.running("b", 1);
    SideStatus good = Pictures.side("b", "Secondary", "UpToDate", "Connected");
    assertThat(States.isWell(pair(b, good))).isTrue();
    assertThat(States.isWell(pair(Pictures.node("b", 1, NodeStatus.SILENT, 7000L), good)))
        .isFalse();
    for (SideStatus bad :
        List.of(
            Pictures.side("b", "Secondary", "Inconsistent", "SyncTarget"),
            Pictures.side("b", "Secondary", "UpToDate", SideStatus.UNKNOWN),
            Pictures.side("b", "Secondary", SideStatus.DISK_UNKNOWN, "Connected"))) {
      assertThat(States.isWell(pair(b, bad))).as("%s", bad).isFalse();
    }
  }

  @Test
  void whatIsWrongStandsOnEachPageThatCanChangeIt() throws Exception {
    PairStatus status = Pictures.healthy(1L << 30, List.of(ALERT));
    try (var console = new FakedConsole(directory, _ -> status)) {
      for (String page : List.of("/", "/volumes/main/vm2", "/mirror/main/promote/b")) {
        assertThat(console.get(page).body())
            .as(page)
            .contains("<strong>Beware.</strong>", "What to do: Look.", "by the clock of node a")
            .doesNotContain("All is well");
      }
    }
  }
}
