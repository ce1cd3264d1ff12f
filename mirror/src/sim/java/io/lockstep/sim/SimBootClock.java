package io.lockstep.sim;

import io.lockstep.block.BootClock;
import io.lockstep.block.Check;
import io.lockstep.block.VirtualLoop;

/// A machine's clock that counts through a suspend. It runs with the world's, and ahead of it by
/// all the time for which the machine was suspended: then the loops of the machine stood still, as
/// far as they can tell.
final class SimBootClock implements BootClock {
  private final VirtualLoop world;
  private long suspendedNanos;

  SimBootClock(VirtualLoop world) {
    this.world = world;
  }

  @Override
  public long nowNanos() {
    return world.nowNanos() + suspendedNanos;
  }

  void suspended(long nanos) {
    Check.that(nanos >= 0, "time does not go back", nanos, 0);
    suspendedNanos += nanos;
  }
}
