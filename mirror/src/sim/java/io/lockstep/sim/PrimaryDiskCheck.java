package io.lockstep.sim;

import io.lockstep.mirror.state.DiskState;

/// I11: a Primary's disk is UpToDate, or has failed, and then nothing is served from it.
final class PrimaryDiskCheck implements StepCheck {
  private final SimWorld world;

  PrimaryDiskCheck(SimWorld world) {
    this.world = world;
  }

  @Override
  public void afterTurn() {
    for (SimHost host : world.hosts()) {
      if (host.isPrimary()) {
        DiskState disk = host.mirror().diskState();
        if (disk != DiskState.UP_TO_DATE && disk != DiskState.FAILED) {
          throw new AssertionError("I11: node " + host.id + " is Primary and " + disk.label());
        }
      }
    }
  }
}
