package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whoever is tired does not split the data with the first button of a page.
@Tag("shell")
class PromotePageTest {
  private static final String SURE = "name=\"sure\" required";
  private static final String BUTTON = "type=\"submit\"";
  private static final String PROMOTE = "Make node b the Primary</button>";

  @TempDir Path directory;

  @Test
  void aNodeThatDoesNotSeeTheOtherIsNotPromotedWithOneClick() throws Exception {
    try (var console = new FakedConsole(directory, _ -> apart())) {
      assertThat(console.get("/").body())
          .contains("Only if the other node is down for good", "href=\"/mirror/main/promote/b\"")
          .doesNotContain(">Promote</a>");
      String page = console.get("/mirror/main/promote/b").body();
      assertThat(page).contains("does not see the other node now", SURE);
      assertThat(page).contains("class=\"danger\">" + PROMOTE);
      assertThat(page.indexOf("Leave it as it is")).isLessThan(page.indexOf(PROMOTE));
    }
  }

  @Test
  void aPlannedSwitchIsPlain() throws Exception {
    try (var console = new FakedConsole(directory, _ -> Pictures.healthy())) {
      assertThat(console.get("/").body()).contains(">Promote</a>");
      String page = console.get("/mirror/main/promote/b").body();
      assertThat(page).contains(BUTTON + ">" + PROMOTE).doesNotContain(SURE);
      assertThat(page.indexOf("Leave it as it is")).isGreaterThan(page.indexOf(PROMOTE));
      String discard = console.get("/mirror/main/discard/b").body();
      assertThat(discard).doesNotContain(SURE);
      assertThat(discard.indexOf("Leave it as it is"))
          .isLessThan(discard.indexOf("Give up the changes of node b</button>"));
    }
  }

  private static PairStatus apart() {
    return Pictures.pair(
        "b",
        List.of(Pictures.node("a", 0, NodeStatus.NO_ANSWER, 9_000L), Pictures.running("b", 1)),
        List.of(
            MirrorSides.of(
                "main",
                null,
                List.of(
                    Pictures.side("a", "Unknown", "DUnknown", "Unknown"),
                    Pictures.side("b", "Secondary", "UpToDate", "Connecting")))),
        Pictures.volumes(1L << 30),
        List.of());
  }
}
