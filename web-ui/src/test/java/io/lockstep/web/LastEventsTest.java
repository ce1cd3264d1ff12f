package io.lockstep.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.EventInfo;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What the overview shows of what has happened.
@Tag("unit")
class LastEventsTest {
  private final LastEvents events = new LastEvents();

  private static EventInfo at(long millis, String node) {
    return new EventInfo(millis, node, "m", "role", "Secondary", "Primary", "a test", null);
  }

  private List<Long> shown() {
    return events.newest().stream().map(EventInfo::atMillis).toList();
  }

  @Test
  void theNewestOfBothNodesComeFirst() {
    events.add(0, at(1, "a"));
    events.add(1, at(2, "b"));
    events.add(0, at(3, "a"));
    assertThat(shown()).containsExactly(3L, 2L, 1L);
  }

  /// A daemon that is reached again tells all that it has kept once more; one that was started anew
  /// knows nothing of before.
  @Test
  void whatADaemonTellsAgainIsNotThereTwice() {
    events.add(0, at(1, "a"));
    events.add(1, at(2, "b"));
    events.add(0, at(1, "a"));
    events.add(0, at(3, "a"));
    assertThat(shown()).containsExactly(3L, 2L, 1L);
  }

  @Test
  void onlySoManyAreKept() {
    for (long millis = 0; millis < 3 * LastEvents.KEPT_MAX; millis++) {
      events.add((int) millis % 2, at(millis, "x"));
    }
    assertThat(events.all()).hasSize(2 * LastEvents.KEPT_MAX);
    assertThat(shown()).hasSize(LastEvents.SHOWN_MAX).startsWith(3L * LastEvents.KEPT_MAX - 1);
  }
}
