package io.lockstep.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `./lockstep bench` understands, and what it says otherwise.
@Tag("unit")
class BenchArgumentsTest {
  @TempDir private Path temp = Path.of("");

  @Test
  void nothingAsksForTheUsual() {
    assertThat(BenchArguments.parse())
        .isEqualTo(new BenchArguments(5, 3, Optional.empty(), Optional.empty()));
  }

  @Test
  void everythingCanBeChosen() {
    assertThat(
            BenchArguments.parse(
                "--rounds", "9", "--seconds", "2", "--against", "../before", "--dir", "/mnt"))
        .isEqualTo(
            new BenchArguments(
                9, 2, Optional.of(Path.of("../before")), Optional.of(Path.of("/mnt"))));
  }

  @Test
  void whatIsWrongIsSaid() {
    assertWrong("unknown argument: --deep", "--deep");
    assertWrong("--rounds needs a value", "--rounds");
    assertWrong("--rounds takes a number from 1 to 1000, not 0", "--rounds", "0");
    assertWrong("--seconds takes a number from 1 to 3600, not soon", "--seconds", "soon");
    assertWrong("--seconds takes a number from 1 to 3600, not 3601", "--seconds", "3601");
  }

  private static void assertWrong(String sentence, String... words) {
    assertThatThrownBy(() -> BenchArguments.parse(words))
        .isInstanceOf(BenchArguments.Wrong.class)
        .hasMessage(sentence);
  }

  @Test
  void placesThatAreNotThereAreRefused() throws Exception {
    assertThatThrownBy(() -> BenchArguments.parse("--against", temp.toString()).checkPlaces())
        .hasMessageContaining("is no source tree: it has no ./lockstep");
    Path file = Files.writeString(temp.resolve("file"), "");
    assertThatThrownBy(() -> BenchArguments.parse("--dir", file.toString()).checkPlaces())
        .hasMessageContaining("is no directory; make it first");
    BenchArguments.parse("--dir", temp.toString()).checkPlaces();
  }
}
