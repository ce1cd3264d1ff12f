package io.lockstep.sim.plant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a plant may look like, and what is said of one that is wrong.
@Tag("unit")
class PlantFileTest {
  private static final String GOOD =
      """
      breaks: I1, I13 It forgets the flush.
      seeds: 20
      # A remark.

      file: mirror/src/main/java/A.java
      --- before
        flush();
      --- after
      --- end
      file: mirror/src/main/java/A.java
      --- before
        run();

        stop();
      --- after
        stop();
      --- end
      """;

  @Test
  void aPlantIsReadAndApplied() {
    Plant plant = PlantFile.parse("no-flush", GOOD);
    assertThat(plant.name()).isEqualTo("no-flush");
    assertThat(plant.breaks()).isEqualTo("I1, I13 It forgets the flush.");
    assertThat(plant.seeds()).isEqualTo(20);
    assertThat(plant.by()).isEqualTo(Plant.Finder.HISTORIES);
    assertThat(plant.hunks()).hasSize(2);
    assertThat(plant.apply(_ -> "a\n  flush();\n  run();\n\n  stop();\nb\n"))
        .isEqualTo(Map.of("mirror/src/main/java/A.java", "a\n  stop();\nb\n"));
  }

  @Test
  void aPlantSaysWhatFindsIt() {
    Plant plant = PlantFile.parse("x", GOOD.replace("# A remark.", "by: crash points"));
    assertThat(plant.by()).isEqualTo(Plant.Finder.CRASH_POINTS);
    assertThat(plant.isFound()).isTrue();
    plant = PlantFile.parse("x", GOOD.replace("# A remark.", "by: nothing yet"));
    assertThat(plant.isFound()).isFalse();
    assertWrong(GOOD.replace("# A remark.", "by: luck"), "line 3: expected `by: crash points`");
  }

  @Test
  void aHunkThatDoesNotFitOnceIsRefusedByName() {
    Plant plant = PlantFile.parse("no-flush", GOOD);
    assertThatThrownBy(() -> plant.apply(_ -> "a\n"))
        .isInstanceOf(Plant.Unfit.class)
        .hasMessageStartingWith("plant no-flush: mirror/src/main/java/A.java no longer has");
    assertThatThrownBy(() -> plant.apply(_ -> "  flush();\n  flush();\n"))
        .hasMessageContaining("more than once");
  }

  @Test
  void whatIsWrongInAFileIsSaidWithItsLine() {
    assertWrong(GOOD.replace("breaks: I1, I13 It", "breaks: It"), "line 1: expected `breaks: `");
    assertWrong(GOOD.replace("flush.\n", "flush\n"), "line 1: expected `breaks: `");
    assertWrong(GOOD.replace("seeds: 20", "seeds: 0"), "line 2: expected `seeds: `");
    assertWrong(GOOD.replace("A.java\n--- before\n  f", "A.java\n  f"), "line 6: expected `--- b");
    assertWrong(GOOD.replace("/java/A.java", "/java/../A"), "line 5: expected `file: `");
    assertWrong(GOOD.replace("  flush();\n", ""), "line 8: nothing to look for");
    assertWrong(GOOD.replace("--- after\n--- end", "--- after\n  flush();\n--- end"), "nothing in");
    assertWrong(GOOD.substring(0, GOOD.length() - 8), "ends too early");
    assertWrong(GOOD + "more\n", "line 18: expected `file: `");
    assertThatThrownBy(() -> PlantFile.parse("No flush", GOOD)).hasMessageContaining("a name is");
  }

  @Test
  void aFileThatIsGoneIsRefusedByName() {
    Plant plant =
        new Plant(
            "lost",
            "I1 x.",
            Plant.Finder.HISTORIES,
            1,
            List.of(new Plant.Hunk("mirror/src/Gone.java", "a", "b")));
    Plants plants = Plants.ofThisTree(Plants.OF_MIRROR);
    assertThatThrownBy(() -> plant.apply(file -> plants.source(plant, file)))
        .hasMessage("plant lost: there is no file mirror/src/Gone.java");
  }

  private static void assertWrong(String text, String message) {
    assertThatThrownBy(() -> PlantFile.parse("no-flush", text))
        .isInstanceOf(Plant.Unfit.class)
        .hasMessageContaining(message);
  }
}
