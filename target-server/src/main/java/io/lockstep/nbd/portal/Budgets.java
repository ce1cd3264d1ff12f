package io.lockstep.nbd.portal;

import io.lockstep.block.MemoryBudget;
import io.lockstep.block.ring.RingLoop;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The memory of the clients, loop by loop; each budget belongs to its loop.
final class Budgets {
  private final long grantedBytesMax;
  private final Map<RingLoop, MemoryBudget> budgets = new ConcurrentHashMap<>();

  Budgets(long grantedBytesMax) {
    this.grantedBytesMax = grantedBytesMax;
  }

  /// Called on that loop. Nothing comes unasked in NBD: what is not taken waits in the socket.
  MemoryBudget of(RingLoop loop) {
    return budgets.computeIfAbsent(loop, _ -> new MemoryBudget(grantedBytesMax, 0));
  }
}
