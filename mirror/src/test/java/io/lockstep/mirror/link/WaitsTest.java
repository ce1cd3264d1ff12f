package io.lockstep.mirror.link;

import static org.assertj.core.api.Assertions.assertThat;

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
  private final Waits waits = new Waits(loop, this::forgotten);
  private final List<String> told = new ArrayList<>();
  private boolean over;

  private void await(String who) {
    waits.until(who, () -> over, LIMIT, () -> told.add(who), () -> told.add(who + " too late"));
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
        "x",
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
        "x",
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

  /// Nobody has said that it is over: a bug, and going on is safe.
  @Test
  void anEndThatNobodyHasToldIsToldAsABugAndGoneOnWith() {
    await("a");
    over = true;
    loop.advance(LIMIT);
    assertThat(told).containsExactly("forgotten: a", "a");
  }

  /// Of a wait that comes again and again the log hears once, and of every other kind too.
  @Test
  void eachKindOfWaitIsToldOnce() {
    for (String who : List.of("a", "a", "b")) {
      over = false;
      await(who);
      over = true;
      loop.advance(LIMIT);
    }
    assertThat(told).containsExactly("forgotten: a", "a", "a", "forgotten: b", "b");
  }

  private void forgotten(String what) {
    told.add("forgotten: " + what);
  }
}
