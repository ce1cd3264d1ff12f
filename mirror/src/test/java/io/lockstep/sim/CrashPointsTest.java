package io.lockstep.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A crash at every moment of short histories. One point is tried again with
/// `-Dlockstep.crashPoint="WRITE 12 ..."`, as a failure names it; `-Dlockstep.long=true` tries all.
@Tag("crash")
class CrashPointsTest {
  private static final int ROUNDS = Integer.getInteger("lockstep.crashRounds", 1);

  @Test
  void everyCrashPointIsSurvived() {
    String one = System.getProperty("lockstep.crashPoint");
    if (one != null) {
      CrashPoints.again(one);
      return;
    }
    var met = new Met();
    if (Boolean.getBoolean("lockstep.long")) {
      CrashPoints.all(met);
    } else {
      long seed = Instant.now().getEpochSecond();
      System.out.println("crash points drawn from seed " + seed);
      CrashPoints.sample(1, ROUNDS, met);
      CrashPoints.sample(seed, ROUNDS, met);
    }
    System.out.print(met.table());
    assertThat(met.never()).as("never crashed there").isEmpty();
  }
}
