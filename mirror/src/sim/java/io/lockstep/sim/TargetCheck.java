package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.wire.Frame;
import org.jspecify.annotations.Nullable;

/// I11: a node gives its copy up for the other's only when something has come to take its place: a
/// source that is gone by then may be gone for good.
final class TargetCheck implements StepCheck {
  /// A node that was paused learns so late what its disk has ended.
  private static final long LATE_NANOS = 10_000_000_000L;

  private final SimWorld world;
  private final @Nullable DiskState[] last = new @Nullable DiskState[2];

  /// Until when the note may come of what the source has sent: on the present link, or on one
  /// before it of which work was under way on the disk not long ago.
  private final long[] heardUntil = new long[2];

  TargetCheck(SimWorld world) {
    this.world = world;
  }

  /// Whether only a source sends this, once it knows that it is one.
  static boolean isOfSource(Frame frame) {
    return switch (frame) {
      case Frame.Data _,
          Frame.Zeroes _,
          Frame.Barrier _,
          Frame.ResyncData _,
          Frame.ResyncZeroes _,
          Frame.ResyncCommit _,
          Frame.ResyncClear _,
          Frame.ResyncDone _,
          Frame.LostBlocks _,
          Frame.Outdate _ ->
          true;
      default -> false;
    };
  }

  @Override
  public void afterTurn() {
    for (SimHost host : world.hosts()) {
      boolean hears = world.network().hasHeardSource(host.id);
      if (!host.isOpen()) {
        heardUntil[host.id] = 0;
      }
      DiskState now = host.isOpen() ? host.mirror().diskState() : null;
      if (now == DiskState.INCONSISTENT && isWhole(last[host.id])) {
        Check.that(
            hears || world.nowNanos() < heardUntil[host.id],
            "I11: a node gives up its copy, and nothing has come in its place, node",
            host.id,
            0);
      }
      boolean holds = heardUntil[host.id] > world.nowNanos() && host.disk().inFlightCount() > 0;
      if (hears || holds) {
        heardUntil[host.id] = world.nowNanos() + LATE_NANOS;
      }
      last[host.id] = now;
    }
  }

  private static boolean isWhole(@Nullable DiskState state) {
    return state == DiskState.UP_TO_DATE
        || state == DiskState.CONSISTENT
        || state == DiskState.OUTDATED;
  }
}
