package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What the second node is told of the pair.
@Tag("unit")
final class PairIdentityTest {
  private final RandomGenerator dice = new Random(7);

  @Test
  void joinCodeCarriesThePair() {
    PairIdentity identity = PairIdentity.random(dice);

    assertThat(identity.pairName()).matches("[a-z][a-z0-9]{5}");
    assertThat(identity.pairId().version()).isEqualTo(4);
    assertThat(identity.pairId().variant()).isEqualTo(2);
    assertThat(PairIdentity.parse(identity.joinCode())).contains(identity);
    assertThat(PairIdentity.parse("k7:nonsense:x")).isEmpty();
    assertThat(PairIdentity.parse("")).isEmpty();
  }
}
