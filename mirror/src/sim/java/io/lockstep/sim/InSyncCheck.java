package io.lockstep.sim;

import io.lockstep.block.Check;

/// I3: "in sync" is never said while a bit is set.
final class InSyncCheck implements StepCheck {
  private final SimWorld world;

  InSyncCheck(SimWorld world) {
    this.world = world;
  }

  @Override
  public void afterTurn() {
    for (SimHost host : world.hosts()) {
      if (SimWorld.isInSync(host)) {
        long bytes = host.mirror().outOfSyncBytes();
        Check.that(bytes == 0, "I3: in sync while bytes are out of sync, node", host.id, bytes);
      }
    }
  }
}
