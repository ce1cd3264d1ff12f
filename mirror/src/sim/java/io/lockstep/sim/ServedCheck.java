package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;

/// I1, I6, I8, I9: whenever a node begins to serve, its disk holds what it must; and it serves by a
/// person's word, or lacks nothing.
final class ServedCheck implements StepCheck {
  private final SimWorld world;
  private final boolean[] served = new boolean[2];

  /// Has been Primary all the time since it served: one that is not let go goes on.
  private final boolean[] stays = new boolean[2];

  ServedCheck(SimWorld world) {
    this.world = world;
    for (SimHost host : world.hosts()) {
      served[host.id] = host.isServing();
    }
  }

  @Override
  public void afterTurn() {
    for (SimHost host : world.hosts()) {
      boolean serves = host.isServing();
      stays[host.id] &= host.isPrimary();
      if (serves && !served[host.id]) {
        begins(host);
      }
      stays[host.id] |= serves;
      served[host.id] = serves;
    }
  }

  private void begins(SimHost host) {
    world.event(host.id, "serves from now on");
    if (stays[host.id]) {
      world.met().one("role", "stayed Primary after all");
    } else if (!host.wasAsked()) {
      world.meeting().resumes(host.id);
      world.promises().checkResumes(host.id);
      world.met().one("role", "resumed by itself");
    } else if (!world.host(1 - host.id).isAlive()) {
      world.met().one("role", "took over from a node that was down");
    } else if (host.mirror().connectionState() == ConnectionState.CONNECTED) {
      world.met().one("role", "took over in a planned switch");
    } else {
      world.met().one("role", "took over from a node that was not reachable");
    }
    Check.that(
        stays[host.id] || !host.disk().isChanging(world.replicatedOffset()),
        "I8: serves while a change of its role before is under way on its disk, node",
        host.id,
        0);
    if (host.wasAsked()) {
      world.promises().promotedByWord(host.id);
    }
    // With a failed disk it serves what the other has.
    int holder = host.mirror().diskState() == DiskState.FAILED ? 1 - host.id : host.id;
    world.promises().checkServed(holder, world.disk(holder));
  }
}
