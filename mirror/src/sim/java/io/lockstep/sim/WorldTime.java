package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.block.VirtualLoop;
import java.util.function.BooleanSupplier;

/// How the time of a simulated world goes on: turn by turn of its loop, with a look at the world
/// after each.
public final class WorldTime {
  /// Turns at one instant of the simulated time; more is a loop.
  private static final int TURNS_AT_ONCE_MAX = 100_000;

  private final VirtualLoop loop;
  private final String invariant;
  private final Runnable afterTurn;
  private long turns;
  private long lastNanos;
  private int turnsAtOnce;

  /// @param invariant the world's name for: time goes on, or nothing is left to do
  /// @param afterTurn looks at the world after each turn
  public WorldTime(VirtualLoop loop, String invariant, Runnable afterTurn) {
    this.loop = loop;
    this.invariant = invariant;
    this.afterTurn = afterTurn;
  }

  /// Turns so far.
  public long turnCount() {
    return turns;
  }

  /// Lets that many things happen, or that much time pass.
  public void turns(int count, long nanos) {
    long end = loop.nowNanos() + nanos;
    for (int turn = 0; turn < count && loop.nowNanos() <= end && loop.turn(); turn++) {
      turned();
    }
  }

  /// Lets things happen until `condition`, for `nanos` at most.
  ///
  /// @return whether it came
  public boolean runUntil(BooleanSupplier condition, long nanos) {
    long end = loop.nowNanos() + nanos;
    while (!condition.getAsBoolean()) {
      if (loop.nowNanos() > end) {
        return false;
      }
      if (loop.turn()) {
        turned();
      } else {
        loop.advance(end - loop.nowNanos()); // Nobody waits for anything but a person.
        return condition.getAsBoolean();
      }
    }
    return true;
  }

  private void turned() {
    turns++;
    if (loop.nowNanos() != lastNanos) {
      lastNanos = loop.nowNanos();
      turnsAtOnce = 0;
    } else {
      Check.that(
          ++turnsAtOnce < TURNS_AT_ONCE_MAX, invariant + ": time stands still and work does not");
    }
    afterTurn.run();
  }
}
