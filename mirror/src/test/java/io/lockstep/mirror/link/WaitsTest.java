package io.lockstep.mirror.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.VirtualLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Every wait ends once: when what it waits for is over, or at its limit.
@Tag("unit")
class WaitsTest {
  private static final long LIMIT = 1_000;

  private final VirtualLoop loop = new VirtualLoop();
  private final Waits waits = new Waits(loop);
  private final List<String> told = new ArrayList<>();
  private boolean over;

  private void await(String who) {
    waits.until(() -> over, LIMIT, () -> told.add(who), () -> told.add(who + " too late"));
  }

  @Test
  void whatIsOverAlreadyIsNotWaitedFor() {
    over = true;
    await("a");
    assertThat(told).containsExactly("a");
  }

  @Test
  void whoWaitsIsToldInALaterTurnAndOnce() {
    await("a");
    over = true;
    waits.look();
    assertThat(told).as("not in the middle of what has ended").isEmpty();
    loop.advance(1);
    assertThat(told).containsExactly("a");
    waits.look();
    loop.advance(2 * LIMIT);
    assertThat(told).containsExactly("a");
  }

  @Test
  void aWordThatIsNoEndLeavesThemWaiting() {
    await("a");
    waits.look();
    loop.advance(1);
    assertThat(told).isEmpty();
    over = true;
    waits.look();
    loop.advance(1);
    assertThat(told).containsExactly("a");
  }

  @Test
  void atTheLimitItIsTooLate() {
    await("a");
    loop.advance(LIMIT - 1);
    assertThat(told).isEmpty();
    loop.advance(1);
    over = true;
    waits.look();
    loop.advance(1);
    assertThat(told).containsExactly("a too late");
  }

  @Test
  void anEndInTheTurnOfTheLimitIsInTime() {
    await("a");
    loop.schedule(() -> {}, LIMIT);
    loop.advance(LIMIT - 1);
    over = true;
    waits.look();
    loop.advance(1);
    assertThat(told).containsExactly("a");
  }

  /// Each is asked again: the first may have taken what the second waits for.
  @Test
  void theFirstThatCameMayTakeWhatTheNextOneWaitsFor() {
    waits.until(
        () -> over,
        LIMIT,
        () -> {
          over = false;
          told.add("a");
        },
        () -> {});
    await("b");
    over = true;
    waits.look();
    loop.advance(1);
    assertThat(told).containsExactly("a");
    over = true;
    waits.look();
    loop.advance(1);
    assertThat(told).containsExactly("a", "b");
  }

  @Test
  void whoBeginsToWaitMeanwhileIsLookedAtToo() {
    waits.until(
        () -> over,
        LIMIT,
        () -> {
          over = false;
          await("b");
          over = true;
          waits.look();
        },
        () -> {});
    over = true;
    waits.look();
    loop.advance(1);
    assertThat(told).containsExactly("b");
  }

  /// Nobody has said that it is over: a bug, which the simulation would find.
  @Test
  void anEndThatNobodyHasToldIsABug() {
    await("a");
    over = true;
    assertThatThrownBy(() -> loop.advance(LIMIT))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("forgotten");
  }
}
