package io.lockstep.sim;

import io.lockstep.block.Check;

/// I5: in a term one node at most is Primary; and two Primaries that have met do not both go on.
final class OnePrimaryCheck implements StepCheck {
  /// How long two that are connected may both serve: a greeting and a report go each way, and a
  /// slow direction takes a second for each of them.
  private static final long TOGETHER_NANOS_MAX = 4_000_000_000L;

  private final SimWorld world;
  private long togetherSince = -1;

  OnePrimaryCheck(SimWorld world) {
    this.world = world;
  }

  @Override
  public void afterTurn() {
    SimHost left = world.host(0);
    SimHost right = world.host(1);
    if (!left.isPrimary() || !right.isPrimary()) {
      togetherSince = -1;
      return;
    }
    Check.that(
        left.mirror().term() != right.mirror().term(),
        "I5: one Primary in a term",
        left.mirror().term(),
        right.mirror().term());
    // A process that stands still meets nobody, and serves nobody: its time does not count.
    boolean run = !left.isPaused() && !right.isPaused();
    boolean meet = run && world.network().isConnected() && !world.network().isCut();
    if (!meet || !left.isServing() || !right.isServing()) {
      togetherSince = -1;
    } else if (togetherSince < 0) {
      togetherSince = world.nowNanos();
    } else {
      Check.that(
          world.nowNanos() - togetherSince < TOGETHER_NANOS_MAX,
          "I5: two Primaries have met and both serve, since",
          togetherSince,
          world.nowNanos());
    }
  }
}
