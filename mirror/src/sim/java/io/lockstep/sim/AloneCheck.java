package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.DiskState;

/// I4: when something is acknowledged without the other node, the disks tell, after a power cut
/// too, that one of them holds more.
final class AloneCheck {
  private final SimWorld world;

  AloneCheck(SimWorld world) {
    this.world = world;
  }

  /// `server` has just acknowledged a write or a flush alone.
  void check(int server) {
    if (world.host(1 - server).isBlank()) {
      return; // A new disk that is being laid out.
    }
    Superblock mine = StableRecord.superblock(world.host(server).disk().media());
    Superblock other = StableRecord.superblock(world.host(1 - server).disk().media());
    if (other.diskState() == DiskState.INCONSISTENT || other.generations().current() == 0) {
      return; // It says itself that it lacks something.
    }
    Check.that(
        mine.generations().current() != other.generations().current(),
        "I4: acknowledged alone under the generation that the other disk has, node",
        server,
        mine.generations().current());
  }
}
