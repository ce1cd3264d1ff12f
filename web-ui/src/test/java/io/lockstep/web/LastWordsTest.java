package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class LastWordsTest {
  /// The console said "Done." where the daemon had warned of a split brain.
  @Test
  void whatTheDaemonSaidIsReadOnceByWhomItIsFor() {
    LastWords words = new LastWords();
    words.say("anna", "Node b is Primary. The other node was not reachable.");
    assertThat(words.take("bert")).isEmpty();
    assertThat(words.take("anna")).hasValueSatisfying(w -> assertThat(w).contains("reachable"));
    assertThat(words.take("anna")).isEmpty();
  }

  @Test
  void whatNobodyReadsDoesNotGather() {
    LastWords words = new LastWords();
    for (int count = 0; count < 1000; count++) {
      words.say("person " + count, "Done.");
    }
    assertThat(words.take("person 999")).contains("Done.");
    assertThat(words.take("person 0")).isEmpty();
  }
}
