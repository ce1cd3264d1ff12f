package io.lockstep.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class UnderWayTest {
  private final UnderWay underWay = new UnderWay();
  private final List<String> told = new ArrayList<>();

  @Test
  void eachIsCountedUntilItHasEnded() {
    Completion first = underWay.counted(_ -> told.add("first"));
    Completion second = underWay.counted(_ -> told.add("second " + underWay.count()));
    assertThat(underWay.count()).isEqualTo(2);
    first.completed(IoResult.OK);
    second.completed(IoResult.OK);
    assertThat(told).containsExactly("first", "second 0");
    assertThat(underWay.isNone()).isTrue();
  }

  @Test
  void theResultIsHandedOn() {
    List<IoResult> results = new ArrayList<>();
    underWay.counted(results::add).completed(IoResult.closed("gone"));
    assertThat(results).containsExactly(IoResult.closed("gone"));
  }

  @Test
  void whoWaitsIsToldAfterTheLast() {
    Completion only = underWay.counted(_ -> told.add("ended"));
    underWay.whenNone(() -> told.add("none"));
    assertThat(told).isEmpty();
    only.completed(IoResult.OK);
    assertThat(told).containsExactly("ended", "none");
    underWay.whenNone(() -> told.add("none at all"));
    assertThat(told).endsWith("none at all");
  }

  /// The end of one is often the beginning of the next.
  @Test
  void oneThatBeginsAtTheEndOfAnotherIsWaitedForToo() {
    List<Completion> next = new ArrayList<>();
    Completion first =
        underWay.counted(_ -> next.add(underWay.counted(_ -> told.add("next ended"))));
    underWay.whenNone(() -> told.add("none"));
    first.completed(IoResult.OK);
    assertThat(told).isEmpty();
    next.getFirst().completed(IoResult.OK);
    assertThat(told).containsExactly("next ended", "none");
  }

  @Test
  void anOperationEndsOnce() {
    Completion only = underWay.counted(_ -> {});
    only.completed(IoResult.OK);
    assertThatThrownBy(() -> only.completed(IoResult.OK)).isInstanceOf(AssertionError.class);
  }
}
