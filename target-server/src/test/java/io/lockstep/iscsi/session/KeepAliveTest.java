package io.lockstep.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.iscsi.session.KeepAlive.Due;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// When an initiator is pinged and when it is given up, on a clock that wraps.
@Tag("unit")
class KeepAliveTest {
  private final KeepAlive keepAlive = new KeepAlive(15, 10, at(0));

  @Test
  void pingsAfterASilenceAndGivesUpWithoutAnAnswer() {
    assertThat(keepAlive.due(at(14))).isEqualTo(Due.NOTHING);
    assertThat(keepAlive.due(at(15))).isEqualTo(Due.PING);
    assertThat(keepAlive.due(at(24))).isEqualTo(Due.NOTHING);
    assertThat(keepAlive.due(at(25))).isEqualTo(Due.GIVE_UP);
  }

  @Test
  void takesAnyPduAsASignOfLife() {
    assertThat(keepAlive.due(at(15))).isEqualTo(Due.PING);
    keepAlive.heard();
    assertThat(keepAlive.due(at(24))).isEqualTo(Due.NOTHING);
    assertThat(keepAlive.due(at(38))).isEqualTo(Due.NOTHING);
    assertThat(keepAlive.due(at(39))).isEqualTo(Due.PING);
  }

  /// A little before and after the clock wraps.
  private static long at(long nanos) {
    return Long.MAX_VALUE - 20 + nanos;
  }
}
