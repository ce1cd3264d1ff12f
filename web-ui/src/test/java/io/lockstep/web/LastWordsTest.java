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
    words.say("anna", Notice.MIRROR_DONE, "Node b is Primary. The other node was not reachable.");
    assertThat(words.take("bert", Notice.MIRROR_DONE)).isEmpty();
    assertThat(words.take("anna", Notice.MIRROR_DONE))
        .hasValueSatisfying(w -> assertThat(w).contains("reachable"));
    assertThat(words.take("anna", Notice.MIRROR_DONE)).isEmpty();
  }

  @Test
  void whatNobodyReadsDoesNotGather() {
    LastWords words = new LastWords();
    for (int count = 0; count < 1000; count++) {
      words.say("person " + count, Notice.MIRROR_DONE, "Done.");
    }
    assertThat(words.take("person 999", Notice.MIRROR_DONE)).contains("Done.");
    assertThat(words.take("person 0", Notice.MIRROR_DONE)).isEmpty();
  }

  @Test
  void wordsAreForThePageTheyBelongTo() {
    var words = new LastWords();
    words.say("a", Notice.EXPORTED, "noted");
    assertThat(words.take("a", Notice.MIRROR_DONE)).isEmpty();
    assertThat(words.take("a", Notice.EXPORTED)).contains("noted");
  }
}
