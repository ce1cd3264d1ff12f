package io.lockstep.block;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class RefusalTest {
  private static final Refusal REFUSAL = new Refusal("Nothing was done", "it rains", "wait");

  @Test
  void itsPartsAreOneLine() {
    assertThat(REFUSAL.sentence()).isEqualTo("Nothing was done: it rains; wait.");
    assertThat(new Refusal("Nothing was done", "it rains", "").sentence())
        .isEqualTo("Nothing was done: it rains.");
    assertThat(new Refusal("There is no rain", "", "wait").sentence())
        .isEqualTo("There is no rain; wait.");
  }

  @Test
  void theSentenceOfACauseBringsNoSecondFullStop() {
    assertThat(new Refusal("The walk was not begun", REFUSAL.sentence(), "stay").sentence())
        .isEqualTo("The walk was not begun: Nothing was done: it rains; wait; stay.");
  }

  @Test
  void whatNeededItIsRefusedForTheSameReason() {
    assertThat(REFUSAL.of("The walk was not begun").sentence())
        .isEqualTo("The walk was not begun: it rains; wait.");
  }
}
