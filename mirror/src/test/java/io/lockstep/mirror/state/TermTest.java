package io.lockstep.mirror.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class TermTest {
  @Test
  void eachNodeHasTermsOfItsOwn() {
    assertThat(Term.next(0, 0)).isEqualTo(2);
    assertThat(Term.next(0, 1)).isEqualTo(1);
    for (long term = 0; term < 20; term++) {
      for (int node = 0; node < 2; node++) {
        long next = Term.next(term, node);
        assertThat(next).isGreaterThan(term).isLessThanOrEqualTo(term + 2);
        assertThat(next % 2).isEqualTo(node);
      }
    }
  }

  @Test
  void aTermThatJumpsAbsurdlyIsNotBelieved() {
    assertThat(Term.isBelievable(0, 7)).isTrue();
    assertThat(Term.isBelievable(7 + Term.AHEAD_MAX, 7)).isTrue();
    assertThat(Term.isBelievable(8 + Term.AHEAD_MAX, 7)).isFalse();
    assertThat(Term.isBelievable(Term.MAX, Term.MAX)).isTrue();
    assertThat(Term.isBelievable(Term.MAX + 1, Term.MAX)).isFalse();
    assertThat(Term.isBelievable(-1, 7)).isFalse();
  }
}
