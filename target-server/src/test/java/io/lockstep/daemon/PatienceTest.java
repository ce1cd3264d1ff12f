package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Work that takes long says so.
@Tag("unit")
final class PatienceTest {
  private final List<Long> told = new ArrayList<>();

  @Test
  void itIsSaidNowAndThenThatItGoesOn() {
    var end = new CompletableFuture<String>();

    String came =
        Patience.until(
            end,
            Duration.ofMillis(500),
            seconds -> {
              told.add(seconds);
              if (told.size() == 4) {
                end.complete("done");
              }
            });

    assertThat(came).isEqualTo("done");
    assertThat(told).containsExactly(0L, 1L, 1L, 2L);
  }

  @Test
  void whatIsDoneAtOnceNeedsNoLine() {
    assertThat(Patience.until(CompletableFuture.completedFuture("x"), Patience.STEP, told::add))
        .isEqualTo("x");
    assertThat(told).isEmpty();
  }
}
