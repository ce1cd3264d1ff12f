package io.lockstep.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.iscsi.session.CommandWindow.Verdict;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// CmdSN, ExpCmdSN and MaxCmdSN, also where the 32 bits wrap.
@Tag("unit")
class CommandWindowTest {
  @Test
  void takesNumbersInOrderAcrossTheWrap() {
    CommandWindow window = new CommandWindow(-3, 4);
    for (int cmdSn = -3; cmdSn < 5; cmdSn++) {
      assertThat(window.take(cmdSn)).isEqualTo(Verdict.DELIVER);
      window.begun();
      window.ended();
      assertThat(window.expCmdSn()).isEqualTo(cmdSn + 1);
      assertThat(window.maxCmdSn()).isEqualTo(cmdSn + 4);
    }
  }

  @Test
  void shrinksWithCommandsInFlightAndShutsAtTheLimit() {
    int first = Integer.MAX_VALUE - 1;
    CommandWindow window = new CommandWindow(first, 3);
    for (int count = 0; count < 3; count++) {
      assertThat(window.take(first + count)).isEqualTo(Verdict.DELIVER);
      window.begun();
      assertThat(window.maxCmdSn()).isEqualTo(first + 2);
    }
    assertThat(window.maxCmdSn()).isEqualTo(window.expCmdSn() - 1);
    assertThat(window.take(first + 3)).isEqualTo(Verdict.IGNORE);
    window.ended();
    assertThat(window.maxCmdSn()).isEqualTo(first + 3);
    assertThat(window.take(first + 3)).isEqualTo(Verdict.DELIVER);
  }

  @Test
  void ignoresWhatIsOutside() {
    CommandWindow window = new CommandWindow(0, 4);
    assertThat(window.take(-1)).isEqualTo(Verdict.IGNORE);
    assertThat(window.take(4)).isEqualTo(Verdict.IGNORE);
    assertThat(window.take(Integer.MIN_VALUE)).isEqualTo(Verdict.IGNORE);
    assertThat(window.expCmdSn()).isZero();
  }

  @Test
  void tellsAGap() {
    CommandWindow window = new CommandWindow(0, 4);
    assertThat(window.take(1)).isEqualTo(Verdict.GAP);
    assertThat(window.expCmdSn()).isZero();
  }

  @Test
  void neverTakesBackWhatItPromised() {
    CommandWindow window = new CommandWindow(10, 2);
    // Two immediate commands hold resources without taking a number.
    window.begun();
    window.begun();
    assertThat(window.maxCmdSn()).isEqualTo(11);
    assertThat(window.take(10)).isEqualTo(Verdict.DELIVER);
    window.begun();
    assertThat(window.maxCmdSn()).isEqualTo(11);
  }
}
