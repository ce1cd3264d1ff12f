package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.VirtualLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// When a mirror may end that waits for its Primary.
@Tag("unit")
final class EndTurnsTest {
  private final VirtualLoop loop = new VirtualLoop();
  private final EndTurns turns = new EndTurns(loop);
  private final List<String> ended = new ArrayList<>();

  @Test
  void eachMirrorEndsOnceWhenItsPrimaryHasLeft() {
    turns.afterPrimary("main", () -> ended.add("main"));
    turns.afterPrimary("second", () -> ended.add("second"));
    assertThat(ended).isEmpty();

    turns.peerHasLeft("second");
    turns.peerHasLeft("second");
    assertThat(ended).containsExactly("second");

    turns.peerHasLeft("main");
    loop.advance(2 * EndTurns.PRIMARY_NANOS_MAX);
    assertThat(ended).containsExactly("second", "main");
  }

  @Test
  void aPrimaryThatDoesNotLeaveIsNotWaitedForForEver() {
    turns.afterPrimary("main", () -> ended.add("main"));
    loop.advance(EndTurns.PRIMARY_NANOS_MAX - 1);
    assertThat(ended).isEmpty();

    loop.advance(1);
    turns.peerHasLeft("main");
    assertThat(ended).containsExactly("main");
  }
}
